from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_date

from ..report import letter_pdf


class DebtCollectionPostBatch(models.Model):
    """Letters printed together in the order of their addresses, and their posting.

    The day they were posted, which somebody enters, starts the terms of the law; the
    day they were printed starts nothing.
    """

    _name = "debt.collection.post.batch"
    _description = "Post batch"
    _inherit = ["debt.collection.lock"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False)
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Printed by",
        readonly=True,
        default=lambda self: self.env.user,
    )
    date_printed = fields.Date(string="Printed", required=True, readonly=True)
    date_posted = fields.Date(
        string="Posted",
        copy=False,
        help="The day the post took the letters over; it starts the terms.",
    )
    state = fields.Selection(
        selection=[
            ("printed", "Printed"),
            ("posted", "Posted"),
            ("withdrawn", "Withdrawn"),
        ],
        default="printed",
        required=True,
        readonly=True,
        index=True,
    )
    delivery_ids = fields.One2many(
        comodel_name="debt.collection.delivery",
        inverse_name="batch_id",
        string="Letters",
    )
    letter_count = fields.Integer(string="Number of letters", compute="_compute_counts")
    number_gap = fields.Integer(string="Numbers to enter", compute="_compute_counts")
    withdrawn_count = fields.Integer(
        string="To take out",
        compute="_compute_counts",
        help="Letters whose debtor paid meanwhile: they do not go to the post.",
    )
    attachment_id = fields.Many2one(
        comodel_name="ir.attachment",
        string="To print",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    proof_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="debt_collection_post_batch_proof_rel",
        string="Proof of posting",
        copy=False,
    )

    # === COMPUTE METHODS === #

    @api.depends("delivery_ids.state", "delivery_ids.registered_number")
    def _compute_counts(self):
        for batch in self:
            deliveries = batch.delivery_ids
            gone = deliveries.filtered(lambda d: d.state == "withdrawn")
            batch.letter_count = len(deliveries)
            batch.withdrawn_count = len(gone)
            batch.number_gap = len((deliveries - gone)._get_unnumbered())

    # === CONSTRAINT METHODS === #

    @api.constrains("date_posted")
    def _check_date_posted(self):
        for batch in self.filtered("date_posted"):
            dates = batch.delivery_ids.action_id.mapped("date")
            if batch.date_posted > batch.company_id._get_collection_today():
                raise ValidationError(
                    self.env._("Letters cannot have been posted on a day to come.")
                )
            if dates and batch.date_posted < max(dates):
                raise ValidationError(
                    self.env._(
                        "A letter dated %(letter)s cannot have been posted on "
                        "%(posted)s.",
                        letter=format_date(batch.env, max(dates)),
                        posted=format_date(batch.env, batch.date_posted),
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        if "date_posted" in vals and "posted" in self.mapped("state"):
            raise UserError(
                self.env._("The day of posting is evidence: it stands once confirmed.")
            )
        known = {batch: batch.proof_ids for batch in self}
        result = super().write(vals)
        for batch in self if "proof_ids" in vals else ():
            batch._log_proofs(batch.proof_ids - known[batch])
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(self.env._("A post batch is evidence: withdraw it instead."))

    # === ACTION METHODS === #

    def action_open_file(self):
        """The file to print: list, then the letters in the order of the list."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}",
            "target": "new",
        }

    def action_posted(self):
        """The letters went to the post on the day entered, today by default.

        :raises UserError: a registered letter has no number yet
        """
        self.check_access("write")
        for batch in self.filtered(lambda b: b.state == "printed"):
            batch.date_posted = (
                batch.date_posted or batch.company_id._get_collection_today()
            )
            waiting = batch.delivery_ids.filtered(lambda d: d.state == "to_send")
            waiting._check_numbers()
            batch.state = "posted"
            waiting._set_sent(fields.Datetime.now(), day=batch.date_posted)

    def action_withdraw(self):
        """The pile was not posted: its letters go back to the print queue."""
        self.check_access("write")
        batches = self.filtered(lambda batch: batch.state == "printed")
        batches.delivery_ids.filtered(lambda d: d.state == "to_send").write(
            {"batch_id": False, "batch_rank": 0, "registered_number": False}
        )
        batches.state = "withdrawn"

    # === BUSINESS METHODS === #

    @api.model
    def _create_for(self, deliveries):
        """One batch a company of letters by post that wait to be printed.

        :rtype: debt.collection.post.batch
        """
        batches = self.browse()
        for company, group in deliveries.grouped("company_id").items():
            batch = self.with_company(company).create(
                {
                    "name": self._next_name(),
                    "company_id": company.id,
                    "date_printed": company._get_collection_today(),
                }
            )
            for rank, delivery in enumerate(group._sort_by_address(), 1):
                delivery.write({"batch_id": batch.id, "batch_rank": rank})
            batch._print_file()
            batches += batch
        return batches

    @api.model
    def _next_name(self):
        # collectors print letters but have no rights on sequences
        sequence_sudo = self.env.ref("debt_collection.sequence_post").sudo()
        return sequence_sudo.next_by_id()

    def _print_file(self):
        """Make the one file: the list, then each letter with its marks."""
        self.ensure_one()
        deliveries = self.delivery_ids.sorted("batch_rank")
        letters = [delivery._get_print_files() for delivery in deliveries]
        pages = [letter_pdf.count_pages(files) for files in letters]
        cover = self._render_cover(deliveries, pages)
        content = letter_pdf.pile(
            [[cover], *letters], self._get_mark, self.company_id.debt_collection_duplex
        )
        self.attachment_id = (
            self.env["ir.attachment"]
            .sudo()  # a collector prints letters without owning the file store
            .create(
                {
                    "name": f"{self.name}.pdf".replace("/", "-"),
                    "raw": content,
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        )

    def _get_mark(self, rank, page, pages):
        """What stands at the foot of a printed page: batch, letter, page."""
        return f"{self.name} · {rank} · {page}/{pages}"

    def _render_cover(self, deliveries, pages):
        Letter = self.env["debt.collection.letter"]
        rows = zip(deliveries, pages, strict=True)
        body = self.env["ir.qweb"]._render(
            "debt_collection.post_batch_cover",
            {"batch": self, "rows": list(rows), "summary": self._get_summary(pages)},
        )
        return Letter._run_engine([body])

    def _get_summary(self, pages):
        return self.env._(
            "%(company)s: %(letters)s letters, %(pages)s pages, printed on %(day)s by "
            "%(user)s.",
            company=self.company_id.name,
            letters=len(pages),
            pages=sum(pages),
            day=format_date(self.env, self.date_printed),
            user=self.user_id.name,
        )

    def _log_proofs(self, proofs):
        """Every case of the batch keeps which proof of posting it has."""
        entries = [
            (case, "proof", {"batch": self.name, "sha256": proof.checksum or ""})
            for proof in proofs.sudo()  # attachments of the batch
            for case in self.delivery_ids.case_id
        ]
        self.env["debt.collection.event"]._log(entries)
