import hashlib
from datetime import timedelta

from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.values import ToolsError
from .debt_collection_draft import FIELDS as DRAFT_FIELDS
from .debt_collection_policy_step import MEETINGS, NOTICE_KINDS


class DebtCollectionAction(models.Model):
    """One occurrence of a step: planned, released, done; with one frozen PDF.

    Exactly once means one action: its lines are unique by step, item and cycle.
    Channels and attempts are deliveries under it.
    """

    _name = "debt.collection.action"
    _description = "Collection action"
    _inherit = ["debt.collection.bulk"]
    _order = "date desc, id desc"
    _check_company_auto = True

    account_id = fields.Many2one(
        comodel_name="debt.collection.account",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Debtor",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency", required=True, readonly=True
    )
    step_id = fields.Many2one(
        comodel_name="debt.collection.policy.step",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    policy_id = fields.Many2one(related="step_id.policy_id")
    notice_kind = fields.Selection(
        selection=NOTICE_KINDS, default="none", required=True, readonly=True
    )
    date = fields.Date(string="Planned for", required=True, readonly=True)
    date_done = fields.Date(string="Done", readonly=True, copy=False)
    state = fields.Selection(
        selection=[
            ("planned", "To review"),
            ("released", "Released"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("skipped", "Skipped"),
        ],
        default="planned",
        required=True,
        readonly=True,
        index=True,
    )
    line_ids = fields.One2many(
        comodel_name="debt.collection.action.line",
        inverse_name="action_id",
        string="Items",
    )
    delivery_ids = fields.One2many(
        comodel_name="debt.collection.delivery",
        inverse_name="action_id",
        string="Deliveries",
    )
    recipient_id = fields.Many2one(
        comodel_name="res.partner", compute="_compute_recipient_id"
    )
    lang = fields.Char(string="Language", readonly=True, copy=False)
    attachment_id = fields.Many2one(
        comodel_name="ir.attachment",
        string="Letter",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    amount = fields.Monetary(string="Listed", readonly=True)
    error = fields.Text(readonly=True, copy=False)
    is_test = fields.Boolean(
        string="Test",
        readonly=True,
        copy=False,
        help="Made in test mode: it went to the internal address, starts no term of "
        "the law and is no contact.",
    )
    # Words that a person changed; attributes mark the compulsory mentions
    draft_letter = fields.Html(
        string="Words of the letter", sanitize_attributes=False, copy=False
    )
    draft_subject = fields.Char(string="Subject of the mail", copy=False)
    draft_mail = fields.Html(
        string="Words of the mail", sanitize_attributes=False, copy=False
    )
    draft_amount = fields.Monetary(
        string="Written for", copy=False, help="What was due when it was written."
    )

    _worklist_idx = models.Index("(state, date) WHERE state IN ('planned', 'released')")

    # === COMPUTE METHODS === #

    @api.depends("step_id", "date", "case_id", "partner_id")
    def _compute_display_name(self):
        for action in self:
            name = action.step_id.name or self.env._("Letter")
            subject = action.case_id.name or action.partner_id.display_name
            action.display_name = f"{subject}: {name}"

    @api.depends("partner_id")
    def _compute_recipient_id(self):
        for action in self:
            action.recipient_id = action.partner_id._get_collection_recipient()

    # === CRUD METHODS === #

    def write(self, vals):
        if not vals.keys().isdisjoint(DRAFT_FIELDS) and any(
            action.state != "planned" for action in self
        ):
            raise UserError(
                self.env._("The words are frozen: only a letter under review changes.")
            )
        return super().write(vals)

    # === ACTION METHODS === #

    def action_release(self):
        """Let reviewed actions go out."""
        self.check_access("write")
        self._release()
        self.env["debt.collection.run"]._trigger()

    def action_take_back(self):
        """Put released actions under review again, as long as nothing left.

        :raises UserError: something left, or a mail is leaving
        """
        self.check_access("write")
        self.lock_for_update()
        for action in self:
            states = set(action.delivery_ids.mapped("state"))
            if action.state != "released" or states - {"to_send", "withdrawn"}:
                raise UserError(
                    self.env._(
                        "%(action)s left already: it cannot be taken back.",
                        action=action.display_name,
                    )
                )
        self.delivery_ids._withdraw()
        self.write({"state": "planned", "attachment_id": False})
        self.account_id._mark_stale()

    def action_open_desk(self):
        """Work these one by one; without a selection, all that waits."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "debt_collection.debt_collection_desk_action"
        )
        return {**action, "context": {"desk_action_ids": self.ids}}

    def action_skip(self):
        """Leave the step out; the ladder goes on after it."""
        self.check_access("write")
        self._cancel(self.env._("Skipped by %(user)s.", user=self.env.user.name))

    def action_retry(self):
        """Try a failed action again, on the channels that did not get through."""
        self.check_access("write")
        failed = self.filtered(lambda action: action.state == "failed")
        failed.delivery_ids.filtered(
            lambda d: d.state in ("failed", "bounced", "uncertain")
        )._retry()
        failed.write({"state": "released", "error": False})
        failed.account_id.write({"last_error": False, "is_stale": True})
        self.env["debt.collection.run"]._trigger()

    def action_view_letter(self):
        """Open the frozen PDF, or a preview of what would be sent now."""
        self.ensure_one()
        if self.attachment_id:
            return {
                "type": "ir.actions.act_url",
                "url": f"/web/content/{self.attachment_id.id}",
                "target": "new",
            }
        return self.env.ref("debt_collection.report_letter").report_action(self)

    # === BUSINESS METHODS === #

    def _release(self):
        """Planned actions become released, with a delivery for each channel."""
        planned = self.filtered(lambda action: action.state == "planned")
        planned._check_drafts()
        planned.write({"state": "released"})
        planned._create_deliveries()
        return planned

    def _check_drafts(self):
        """Letters whose words were changed are made once, to see that they can be.

        :raises UserError: names the letter and what it lacks
        """
        edited = self.filtered(lambda action: action.draft_letter or action.draft_mail)
        pages = self.env["debt.collection.letter"]._render_bodies(edited)
        for action in edited:
            if isinstance(pages[action.id], Exception):
                raise UserError(
                    self.env._(
                        "%(letter)s: %(error)s",
                        letter=action.display_name,
                        error=pages[action.id],
                    )
                )

    def _create_deliveries(self):
        self.partner_id.fetch(["debt_collection_written_only"])
        self.env["debt.collection.delivery"]._bulk_insert(
            [
                {
                    "action_id": action.id,
                    "company_id": action.company_id.id,
                    "channel": channel,
                    "state": "to_send",
                }
                for action in self
                for channel in action._get_channels()
            ]
        )

    def _leave_out(self, lines):
        """Take items off a planned letter and let each rest for a week."""
        self.ensure_one()
        today = self.company_id._get_collection_today()
        claims = lines.move_line_id.debt_collection_claim_ids.filtered("is_open")
        self.env["debt.collection.hold"].create(
            [
                {
                    "account_id": self.account_id.id,
                    "claim_id": claim.id,
                    "reason": self.env._("left out of a letter"),
                    "date_start": today,
                    "date_end": today + timedelta(days=7),
                }
                for claim in claims
            ]
        )
        names = lines.move_line_id.mapped("move_name")
        lines.unlink()
        self.amount = sum(self.line_ids.mapped("amount_residual"))
        for case in self.case_id:
            case._log_event("left_out", {"items": sorted(names)})

    def _get_channels(self):
        """The channels of the step, those the debtor may not be reached by left out."""
        self.ensure_one()
        channels = self.step_id._get_channels()
        if self.partner_id.debt_collection_written_only:
            channels = [c for c in channels if c not in ("call", "visit")] or ["post"]
        return channels

    def _get_written_channels(self):
        """The channels that carry a letter, those of its deliveries if it has any."""
        self.ensure_one()
        channels = self.delivery_ids.mapped("channel") or self._get_channels()
        return [channel for channel in channels if channel not in (*MEETINGS, "task")]

    def _cancel(self, reason):
        """Actions that did not go out yet never will; what left is left alone."""
        open_actions = self.filtered(lambda a: a.state in ("planned", "released"))
        still = open_actions.filtered(
            lambda a: all(d.state in ("to_send", "failed") for d in a.delivery_ids)
        )
        still.delivery_ids._withdraw()
        still.write({"state": "skipped", "error": reason})
        still.account_id._mark_stale()
        return still

    def _fail(self, message):
        """The action did not reach the debtor; the screen says why and what to do."""
        self.write({"state": "failed", "error": message})
        self.account_id.write({"last_error": message, "is_stale": True})
        for case in self.case_id:
            case._log_event("action_failed", {"reason": message})

    def _settle(self):
        """Derive the state of released actions from their deliveries."""
        done = self.browse()
        for action in self.filtered(lambda a: a.state in ("released", "failed")):
            states = set(action.delivery_ids.mapped("state"))
            if states & {"to_send", "sending"}:
                continue
            if states & {"sent", "unreached"}:
                done += action
            else:
                action._fail(
                    "\n".join(filter(None, action.delivery_ids.mapped("error")))
                )
        done._set_done()

    def _set_done(self):
        for action in self:
            sent = action.delivery_ids.filtered(
                lambda d: d.state in ("sent", "unreached")
            )
            action.write(
                {"state": "done", "error": False, "date_done": max(sent.mapped("date"))}
            )
        real = self.filtered(lambda action: not action.is_test)
        real._book_charges()
        for action in real.filtered("case_id"):
            phase = action.step_id.phase
            phase = phase or ("notice" if action.notice_kind == "formal" else False)
            action.case_id._reach_phase(phase, action.date_done)
        self.filtered(lambda a: a.notice_kind == "formal").case_id._ask_checks()
        self.account_id.write({"last_error": False, "is_stale": True})
        self.env["debt.collection.event"]._log(
            [a._prepare_done_event() for a in self if a.case_id]
        )

    def _book_charges(self):
        """Book the charges of letters whose step says so, as of the letter's day.

        A letter that left stays sent when its charges cannot be booked: the case says
        why, and a later booking takes them.
        """
        # the policy decided; whoever marks a letter as posted need not be accountant
        Charge = self.env["debt.collection.charge"].sudo()
        for action in self.filtered(lambda a: a.step_id.charges == "booked"):
            for case in action.case_id.sudo():  # as above: the policy decided
                try:
                    with self.env.cr.savepoint():
                        Charge._book(case, action.date)
                except (UserError, ToolsError) as error:
                    reason = self.env._(
                        "The charges could not be booked: %(error)s", error=error
                    )
                    case.message_post(body=reason)

    def _prepare_done_event(self):
        self.ensure_one()
        sent = self.delivery_ids.filtered(lambda d: d.state == "sent")
        pdf = self.attachment_id.sudo().raw  # the frozen letter, whoever runs
        data = {
            "step": self.step_id.name or "",
            "notice": self.notice_kind,
            "items": sorted(self.line_ids.move_line_id.mapped("move_name")),
            "channels": sorted(sent.mapped("channel")),
            "test": "yes" if self.is_test else "",
            "day": str(self.date_done),
            "sha256": hashlib.sha256(pdf).hexdigest() if pdf else "",
        }
        personal = {"addresses": sorted(filter(None, sent.mapped("address")))}
        return self.case_id, "letter", data, personal

    # === DISPATCH === #

    @api.model
    def _get_undispatched(self, limit, seen=()):
        """Released actions that have a delivery to hand over, oldest first."""
        rows = self.env.execute_query(
            SQL(
                """SELECT a.id FROM debt_collection_action a
                     JOIN res_company c ON c.id = a.company_id
                    WHERE a.state = 'released' AND NOT a.id = ANY(%s)
                      AND c.debt_collection_paused IS NOT TRUE
                      AND EXISTS (SELECT FROM debt_collection_delivery d
                                   WHERE d.action_id = a.id AND d.state = 'to_send'
                                     AND d.handed_over IS NOT TRUE)
                    ORDER BY a.date, a.id LIMIT %s""",
                list(seen),
                limit,
            )
        )
        return self.browse(row[0] for row in rows)

    def _dispatch(self):
        """Freeze the letters and hand them to the channels; a failure stays alone."""
        self._mark_test()
        written = self.filtered(lambda action: action._get_written())
        written = written._try(lambda action: action._before_letter())
        letters = written._render_letters()
        for action in self.filtered(lambda a: a.state == "released"):
            action._try(lambda a: a._dispatch_one(letters.get(a.id)))

    def _mark_test(self):
        """What is handed over now is a test, or is none, as its company says.

        A letter made in the other mode is made again: a test is marked as one.
        """
        for company, group in self.grouped("company_id").items():
            is_test = company.debt_collection_test_mode
            changed = group.filtered_domain([("is_test", "!=", is_test)])
            changed.write({"is_test": is_test, "attachment_id": False})
            group.delivery_ids.filtered(
                lambda d: d.state == "to_send" and not d.handed_over
            ).write({"is_test": is_test})

    @api.model
    def _forget_tests(self, company):
        """Steps tried in test mode are still to be taken: they stop counting."""
        tests = self.search([("company_id", "=", company.id), ("is_test", "=", True)])
        reason = self.env._("Test mode was switched off.")
        tests._cancel(reason)
        failed = tests.filtered(lambda action: action.state == "failed")
        failed.write({"state": "skipped", "error": reason})
        tests.line_ids._leave_cycle()
        tests.account_id.write({"last_error": False, "is_stale": True})

    def _try(self, work):
        """Do something for each action alone; one that fails says why on its case.

        :param callable work: takes one action
        :return: the actions it worked for
        """
        done = self.browse()
        for action in self:
            try:
                with self.env.cr.savepoint():
                    work(action)
                done += action
            except TransactionRollbackError:
                raise  # another transaction was in the way: the run tries again
            except UserError as error:
                action._fail(str(error))
            except Exception as error:  # noqa: BLE001 - a broken template must not stop the others
                action._fail(
                    self.env._(
                        "The letter could not be made: %(error)s. Correct the template "
                        "or the data, then retry.",
                        error=error,
                    )
                )
        return done

    def _get_written(self):
        """The deliveries of the action that carry a letter and did not leave yet."""
        return self.delivery_ids.filtered(
            lambda d: d.channel in ("email", "post")
            and d.state == "to_send"
            and not d.handed_over
        )

    def _before_letter(self):
        """Prepare what a letter and its mail refer to, just before they are made.

        Override to make it; may write. Called again when a mail is retried.
        """
        self.ensure_one()
        if not self.attachment_id:
            self.lang = self._get_lang()

    def _render_letters(self):
        """The PDF of each letter that is not frozen yet, all in one go.

        :return: action id -> bytes, or the exception that kept it from being made
        """
        new = self.filtered(lambda action: not action.attachment_id)
        return self.env["debt.collection.letter"]._render_pdfs(new) if new else {}

    def _dispatch_one(self, letter=None):
        self.ensure_one()
        if isinstance(letter, Exception):
            raise letter
        if letter:
            self._freeze_letter(letter)
        self.delivery_ids.filtered(
            lambda d: d.state == "to_send" and not d.handed_over
        )._hand_over()
        self._settle()

    def _freeze_letter(self, pdf):
        """Keep the PDF: what was made is what goes out and what the file keeps."""
        self.ensure_one()
        if self.attachment_id:
            return
        thread = self.case_id or self.account_id
        attachment_sudo = (
            self.env["ir.attachment"]
            .sudo()  # a collector may send letters without owning the file store
            .create(
                {
                    "name": self._get_letter_filename(),
                    "raw": pdf,
                    "mimetype": "application/pdf",
                    "res_model": thread._name,
                    "res_id": thread.id,
                }
            )
        )
        self.attachment_id = attachment_sudo.id
        self.env.flush_all()  # a refusal belongs here, not to whoever reads next

    def _get_lang(self):
        self.ensure_one()
        recipient = self.recipient_id
        return recipient.lang or self.partner_id.lang or self.company_id.partner_id.lang

    def _get_letter_filename(self):
        self.ensure_one()
        subject = self.case_id.name or self.partner_id.display_name
        return f"{subject} {self.date}.pdf".replace("/", "-")

    def _get_portal_url(self):
        """Where the debtor sees this letter's matter online.

        Override to answer a URL; it is printed on the letter and in the mail.

        :rtype: str | bool
        """
        return False
