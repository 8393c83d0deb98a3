import base64
import hashlib

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..tools import tabular

# A file of a partner or a service is small; a larger one is another kind of file.
MAX_BYTES = 20 * 1024 * 1024


class BadRow(Exception):
    """A line of a file that cannot be taken in; its text is the reason shown."""


class DebtCollectionImport(models.Model):
    """A file taken in: good lines in, bad ones listed with the reason, nothing lost.

    The file is kept as it came. The same file, or the same line, taken in again changes
    nothing. Bad lines can be tried again when their reason is gone.

    A model that takes in lines has ``_import_prepare(rows, intake)``, which yields
    (row, values | BadRow | None): None for a line known already, no values for one that
    concerns nobody here; and ``_import_make(vals_list)``.
    """

    _name = "debt.collection.import"
    _description = "File taken in"
    _inherit = ["debt.collection.lock"]
    _is_made_by_hand = True
    _order = "id desc"
    _check_company_auto = True

    kind = fields.Selection(
        selection=[
            ("message", "Messages of a partner"),
            ("solvency", "Solvency findings"),
            ("notice", "Notices of insolvency"),
        ],
        required=True,
        default="message",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="From",
        index="btree_not_null",
        ondelete="restrict",
        help="The partner whose messages these are.",
    )
    source = fields.Char(help="Who found it, where the lines do not say.")
    document = fields.Binary(string="File", required=True, attachment=True)
    document_name = fields.Char(export_string_translation=False)
    sha256 = fields.Char(string="SHA-256", readonly=True)
    state = fields.Selection(
        selection=[("draft", "To take in"), ("done", "Taken in")],
        required=True,
        readonly=True,
        default="draft",
    )
    moment = fields.Datetime(string="Taken in", readonly=True)
    good_count = fields.Integer(string="New", readonly=True)
    known_count = fields.Integer(string="Known already", readonly=True)
    foreign_count = fields.Integer(
        string="Others", readonly=True, help="About nobody who owes us anything."
    )
    line_ids = fields.One2many(
        comodel_name="debt.collection.import.line",
        inverse_name="import_id",
        string="Lines not taken in",
    )
    bad_count = fields.Integer(string="Not taken in", compute="_compute_bad_count")

    # === COMPUTE METHODS === #

    @api.depends("line_ids")
    def _compute_bad_count(self):
        for intake in self:
            intake.bad_count = len(intake.line_ids)

    @api.depends("document_name", "kind")
    def _compute_display_name(self):
        for intake in self:
            intake.display_name = intake.document_name or self.env._("File")

    # === ACTION METHODS === #

    def action_import(self):
        """Take in the lines that are good and list the others."""
        self.check_access("write")
        for intake in self.filtered(lambda i: i.state == "draft"):
            intake._check_file()
            content = base64.b64decode(intake.document)
            intake._take(tabular.read_rows(content))
            intake.write(
                {
                    "state": "done",
                    "moment": fields.Datetime.now(),
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )

    def action_retry(self):
        """Try the lines that were not taken in again."""
        self.check_access("write")
        for intake in self:
            rows = [line._get_row() for line in intake.line_ids]
            intake.line_ids.unlink()
            intake._take(rows)

    # === BUSINESS METHODS === #

    @api.model
    def _get_import_models(self):
        """Kind of file -> the model that takes in its lines.

        :rtype: dict[str, str]
        """
        return {
            "message": "debt.collection.assignment.message",
            "solvency": "debt.collection.solvency.check",
            "notice": "debt.collection.solvency.check",
        }

    def _check_file(self):
        self.ensure_one()
        if self.kind == "message" and not self.partner_id:
            raise UserError(self.env._("Say which partner sent these messages."))
        if len(self.document or b"") * 3 // 4 > MAX_BYTES:
            raise UserError(
                self.env._("The file is larger than 20 MB: cut it into pieces.")
            )

    def _get_partner_domain(self):
        """The condition on hand-overs that this file may be about."""
        self.ensure_one()
        return [
            ("company_id", "=", self.company_id.id),
            ("partner_id", "=", self.partner_id.id),
        ]

    def _take(self, rows):
        """Take in rows: those that can be read, prepared and made.

        :param list[tabular.Row] rows: of the file, or the bad ones of an earlier try
        """
        self.ensure_one()
        Model = self.env[self._get_import_models()[self.kind]]
        bad = [(row, self._word(row.error)) for row in rows if row.error]
        readable = [row for row in rows if not row.error]
        prepared = list(Model._import_prepare(readable, self))
        bad += [(row, str(x)) for row, x in prepared if isinstance(x, BadRow)]
        good = [
            (row, vals) for row, vals in prepared if vals and isinstance(vals, dict)
        ]
        known = sum(found is None for _row, found in prepared)
        foreign = sum(found == {} for _row, found in prepared)
        refused = self._make(Model, good)
        self.env["debt.collection.import.line"].create(
            [self._prepare_line(row, reason) for row, reason in bad + refused]
        )
        self.good_count += len(good) - len(refused)
        self.known_count += known
        self.foreign_count += foreign

    def _make(self, Model, good):
        """Make all at once; where the database or a rule refuses, one by one.

        :return: (row, reason) of those that were refused
        """
        try:
            with self.env.cr.savepoint():
                Model._import_make([vals for _row, vals in good])
                self.env.flush_all()
            return []
        except (UserError, ValidationError, AccessError, psycopg2.IntegrityError):
            self.env.invalidate_all(flush=False)
        return [
            (row, error)
            for row, vals in good
            if (error := self._make_one(Model, vals)) is not None
        ]

    def _make_one(self, Model, vals):
        """Make one; the reason when it was refused, else None."""
        try:
            with self.env.cr.savepoint():
                Model._import_make([vals])
                self.env.flush_all()
        except (UserError, ValidationError, AccessError) as error:
            self.env.invalidate_all(flush=False)
            return str(error)
        except psycopg2.IntegrityError:
            self.env.invalidate_all(flush=False)
            return self.env._("The database holds it already.")
        return None

    def _prepare_line(self, row, reason):
        return {
            "import_id": self.id,
            "number": row.number,
            "text": row.text,
            "values": row.values,
            "is_unreadable": bool(row.error),
            "reason": reason,
        }

    @api.model
    def _word(self, code):
        """Why a line could not even be read."""
        return {
            "not_json": self.env._("The file is no valid JSON."),
            "not_an_object": self.env._("Each entry must be an object with names."),
            "too_many_cells": self.env._("The line has more cells than the head."),
            "unreadable": self.env._("The line cannot be read as CSV."),
        }.get(code, code)
