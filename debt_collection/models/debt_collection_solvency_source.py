import base64
import hashlib
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import config

from ..tools import tabular

# the folder below the server's data in which files of notices are put
FOLDER = "debt_collection"
MAX_BYTES = 50 * 1024 * 1024


class DebtCollectionSolvencySource(models.Model):
    """Where notices of insolvency come from: the point where data services plug in.

    A kind of source is a method ``_fetch_<kind>(debtors, day)`` that returns rows (see
    `tools.tabular`) with the columns of a file of notices. The kind that ships reads a
    local file: uploaded here, or put into a folder of the server by what fetches it.
    """

    _name = "debt.collection.solvency.source"
    _description = "Source of insolvency notices"
    _inherit = ["debt.collection.lock"]
    _is_made_by_hand = True
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(selection="_selection_kind", required=True, default="file")
    document = fields.Binary(string="File", attachment=True)
    document_name = fields.Char(export_string_translation=False)
    file_name = fields.Char(
        string="Or a file of the server",
        help="A name in the folder “debt_collection” below the data of the server; "
        "read again by the daily run when it changed.",
    )
    sha256 = fields.Char(string="Last read, SHA-256", readonly=True)
    date_read = fields.Date(string="Last read", readonly=True)
    last_error = fields.Char(readonly=True)

    # === SELECTION METHODS === #

    @api.model
    def _selection_kind(self):
        """The kinds of source; a data service adds its own and a `_fetch_` method."""
        return [("file", self.env._("Local file"))]

    # === ACTION METHODS === #

    def action_read(self):
        """Read the source now and open what was taken in."""
        self.ensure_one()
        self.check_access("write")
        Account = self.env["debt.collection.account"]
        accounts = Account.search([("company_id", "=", self.company_id.id)])
        day = self.company_id._get_collection_today()
        intake = self._read(accounts.partner_id, day, force=True)
        return {
            "type": "ir.actions.act_window",
            "res_model": "debt.collection.import",
            "view_mode": "form",
            "res_id": intake.id,
        }

    # === BUSINESS METHODS === #

    def _read(self, debtors, day, force=False):
        """Fetch notices and take them in; an unchanged file is read once.

        :param res.partner debtors: whom a service is asked about
        :param date day: today of the company
        :raises UserError: the source cannot be read
        :return: the file taken in, empty when nothing changed
        :rtype: debt.collection.import
        """
        self.ensure_one()
        rows, digest = getattr(self, f"_fetch_{self.kind}")(debtors, day)
        Import = self.env["debt.collection.import"]
        if digest == self.sha256 and not force:
            return Import
        intake = Import.create(
            {
                "kind": "notice",
                "company_id": self.company_id.id,
                "source": self.name,
                "document_name": self.file_name or self.document_name or self.name,
                "document": self.document or base64.b64encode(b"-"),
                "sha256": digest,
                "state": "done",
                "moment": fields.Datetime.now(),
            }
        )
        intake._take(rows)
        self.write({"sha256": digest, "date_read": day, "last_error": False})
        return intake

    def _fetch_file(self, debtors, day):
        """The rows of the local file, and its digest."""
        content = self._get_content()
        return tabular.read_rows(content), hashlib.sha256(content).hexdigest()

    def _get_content(self):
        self.ensure_one()
        if self.document:
            return base64.b64decode(self.document)
        if not self.file_name:
            raise UserError(self.env._("Upload a file of notices, or name one."))
        path = self._get_path()
        if not path.is_file():
            raise UserError(
                self.env._("There is no file “%(name)s” yet.", name=self.file_name)
            )
        if path.stat().st_size > MAX_BYTES:
            raise UserError(self.env._("The file is larger than 50 MB."))
        return path.read_bytes()

    def _get_path(self):
        """The file below the folder; nothing outside of it can be named."""
        self.ensure_one()
        folder = (Path(config["data_dir"]) / FOLDER / self.env.cr.dbname).resolve()
        path = (folder / self.file_name).resolve()
        if folder not in path.parents:
            raise UserError(self.env._("Give the name of a file, without a folder."))
        return path
