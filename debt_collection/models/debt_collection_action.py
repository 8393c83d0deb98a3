import hashlib
from datetime import timedelta

from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..report import letter_pdf
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
    _inherit = [
        "debt.collection.lock",
        "debt.collection.ranked",
        "debt.collection.action.back",
        "debt.collection.action.party",
        "debt.collection.action.wait",
    ]
    _ranked_by = frozenset({"account_id", "date_done", "partner_id", "state"})
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
    # A letter outside the ladder
    letter_key = fields.Selection(
        selection="_selection_letter_key",
        string="Kind of letter",
        readonly=True,
        copy=False,
        help="Empty for the steps of a ladder.",
    )
    letter_ref = fields.Char(
        string="About",
        readonly=True,
        copy=False,
        help="The record or the day it is about: one letter of a kind each.",
    )
    letter_channels = fields.Char(
        readonly=True, copy=False, export_string_translation=False
    )
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
    enclosure_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="debt_collection_action_enclosure_rel",
        string="Enclosed",
        readonly=True,
        copy=False,
    )
    amount = fields.Monetary(string="Listed", readonly=True)
    amount_credit = fields.Monetary(
        string="Unmatched then",
        readonly=True,
        copy=False,
        help="Money and credits of the debtor that were not matched when it was made.",
    )
    amount_net = fields.Monetary(string="Net", compute="_compute_amount_net")
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

    _letter_once = models.UniqueIndex(
        "(case_id, letter_key, letter_ref) "
        "WHERE letter_key IS NOT NULL AND state <> 'skipped'",
        "This letter was made already.",
    )
    _worklist_idx = models.Index("(state, date) WHERE state IN ('planned', 'released')")

    # === COMPUTE METHODS === #

    @api.depends("step_id", "letter_key", "date", "case_id", "partner_id")
    def _compute_display_name(self):
        for action in self:
            name = action._get_name() or self.env._("Letter")
            subject = action.case_id.name or action.partner_id.display_name
            action.display_name = f"{subject}: {name}"

    @api.depends("amount", "amount_credit")
    def _compute_amount_net(self):
        for action in self:
            action.amount_net = action.amount - action.amount_credit

    @api.depends("partner_id")
    def _compute_recipient_id(self):
        for action in self:
            action.recipient_id = action.partner_id._get_collection_recipient()

    @api.model
    def _selection_letter_key(self):
        documents = self.env["debt.collection.document"]._get_documents()
        return [(key, document.label) for key, document in documents.items()]

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
        self._put_under_review("review_back")

    def action_open_desk(self):
        """Work these one by one; without a selection, all that waits."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "debt_collection.debt_collection_desk_action"
        )
        return {**action, "context": {"desk_action_ids": self.ids}}

    def action_skip(self):
        """Leave the step out; the ladder goes on after it."""
        self.check_access("write")
        reason = self.env._("Skipped by %(user)s.", user=self.env.user.name)
        self._cancel(reason, is_taken=True)

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
        planned.write({"state": "released", "waits": False})
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
        self.partner_id.fetch(self._get_partner_wishes())
        self.env["debt.collection.delivery"]._bulk_insert(
            [
                {
                    "action_id": action.id,
                    "company_id": action.company_id.id,
                    "channel": channel,
                    "copy_id": contact.id,
                    "is_registered": not contact and action._is_registered(channel),
                    "state": "to_send",
                }
                for action in self
                for contact, channel in action._get_ways()
            ]
        )
        self._create_party_copies()

    @api.model
    def _get_partner_wishes(self):
        """Fields of the debtor that say how he is reached, read for many at once."""
        return [
            "debt_collection_channel",
            "debt_collection_copy_ids",
            "debt_collection_written_only",
        ]

    def _get_ways(self):
        """Pairs of (who gets a copy, channel); nobody for the letter itself."""
        self.ensure_one()
        channels = self._get_channels()
        nobody = self.env["res.partner"]
        ways = [(nobody, channel) for channel in channels]
        if not {"email", "post"} & set(channels):
            return ways
        copies = self.partner_id.debt_collection_copy_ids
        if copies:
            copies = self.partner_id._filter_collection_reach(copies)
        return ways + [
            (contact, "email" if contact.email_normalized else "post")
            for contact in copies
        ]

    def _is_registered(self, channel):
        """Whether it goes by registered letter on that channel."""
        return channel == "post" and bool(self.step_id.registered)

    def _encloses(self):
        """Whether the invoices go out with it."""
        return bool(self.step_id.enclose_invoices)

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

    def _get_name(self):
        """The step, or the kind of letter; in the user's language."""
        self.ensure_one()
        labels = dict(self._selection_letter_key()) if self.letter_key else {}
        return self.step_id.name or labels.get(self.letter_key, "")

    def _get_channels(self):
        """The channels it goes by, as the debtor wants and may be reached."""
        self.ensure_one()
        if self.step_id:
            channels = self._follow_preference(self.step_id._get_channels())
        else:
            channels = self._get_letter_channels()
        if self.partner_id.debt_collection_written_only:
            channels = [c for c in channels if c not in ("call", "visit")] or ["post"]
        return channels

    def _get_written_channels(self):
        """The channels that carry a letter, those of its deliveries if it has any."""
        self.ensure_one()
        channels = self.delivery_ids.mapped("channel") or self._get_channels()
        return [channel for channel in channels if channel not in (*MEETINGS, "task")]

    def _follow_preference(self, channels):
        """The debtor's channel instead of the other written one.

        Who wants paper gets paper. Who wants mails still gets by post what starts a
        term of the law, where the ladder says so.
        """
        wanted = self.partner_id.debt_collection_channel
        starts_term = self.notice_kind != "none" or self.step_id.registered
        if not wanted or (wanted == "email" and starts_term):
            return channels
        other = {"post": "email", "email": "post"}[wanted]
        return list(dict.fromkeys(wanted if c == other else c for c in channels))

    def _get_letter_channels(self):
        """The channels of a manual letter: those asked, the debtor's, what he has."""
        if self.letter_channels:
            return self.letter_channels.split(",")
        has_mail = self.recipient_id.email_normalized
        wanted = self.partner_id.debt_collection_channel
        return [wanted or ("email" if has_mail else "post")]

    def _cancel(self, reason, is_taken=False):
        """Actions that did not go out yet never will; what left is left alone.

        :param bool is_taken: their steps count as taken, so that the ladder goes on
            behind them; else they come again once nothing is against it
        :return: what was cancelled
        """
        open_actions = self.filtered(lambda a: a.state in ("planned", "released"))
        still = open_actions.filtered(lambda a: not a._has_begun_to_leave())
        still.delivery_ids._withdraw()
        still.write({"state": "skipped", "error": reason})
        if not is_taken:
            still.line_ids._leave_cycle()
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
            states = set(action._get_own_deliveries().mapped("state"))
            if states & {"to_send", "sending"}:
                continue
            if states & {"sent", "unreached"}:
                done += action
            elif not action._raise_next_channel():
                errors = action._get_own_deliveries().mapped("error")
                action._fail("\n".join(filter(None, errors)))
        done._set_done()

    def _get_own_deliveries(self):
        """Those to the addressee: a copy that arrives or fails decides nothing."""
        return self.delivery_ids.filtered(lambda delivery: not delivery.copy_id)

    def _get_sent(self):
        return self._get_own_deliveries().filtered(
            lambda d: d.state in ("sent", "unreached")
        )

    def _set_done(self):
        for action in self:
            sent = action._get_sent()
            action.write(
                {"state": "done", "error": False, "date_done": max(sent.mapped("date"))}
            )
        real = self.filtered(lambda action: not action.is_test)
        real._book_charges()
        for action in real.filtered("case_id"):
            action.case_id._reach_phase(action._get_phase(), action.date_done)
        self.filtered(lambda a: a.notice_kind == "formal").case_id._ask_checks()
        self.account_id.write({"last_error": False, "is_stale": True})
        self.env["debt.collection.event"]._log(
            [a._prepare_done_event() for a in self if a.case_id]
        )
        for action in real.filtered("letter_key"):
            self.env["debt.collection.document"]._letter_left(action)

    def _get_phase(self):
        """The phase it brings its case to once it left, or False."""
        is_formal = self.notice_kind == "formal"
        return self.step_id.phase or ("notice" if is_formal else False)

    def _take_back(self):
        """Letters of which a mail came back: what their sending began, ends."""
        for action in self.filtered(lambda a: a.state == "done"):
            sent = action._get_sent()
            if sent:
                action.date_done = max(sent.mapped("date"))
                continue
            action.write({"state": "released", "date_done": False})
            action.case_id._forget_notice()
        self.account_id._mark_stale()
        self._settle()

    def _raise_next_channel(self):
        """Try the next channel where one cannot reach the debtor.

        :return: whether there is one that was not tried
        """
        self.ensure_one()
        lost = self._get_own_deliveries().filtered("undeliverable")
        channel = self._get_next_channel() if lost else False
        if not channel or channel in self._get_own_deliveries().mapped("channel"):
            return False
        self.write({"state": "released", "error": False})
        lost[-1:]._retry(channel=channel)
        for case in self.case_id:
            case._log_event("next_channel", {"channel": channel})
        self.env["debt.collection.run"]._trigger()
        return True

    def _get_next_channel(self):
        """The channel that comes after one that cannot reach the debtor, or False."""
        self.ensure_one()
        channel = self.step_id.next_channel
        if self.letter_key and (self.recipient_id.street and self.recipient_id.city):
            channel = "post"
        if self.partner_id.debt_collection_written_only:
            return channel if channel not in ("call", "visit") else False
        return channel

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
            "step": self._get_name(),
            "notice": self.notice_kind,
            "items": sorted(self.line_ids.move_line_id.mapped("move_name")),
            "channels": sorted(sent.mapped("channel")),
            "test": "yes" if self.is_test else "",
            "day": str(self.date_done),
            "sha256": hashlib.sha256(pdf).hexdigest() if pdf else "",
            "registered": sorted(filter(None, sent.mapped("registered_number"))),
        }
        personal = {"addresses": sorted(filter(None, sent.mapped("address")))}
        return self.case_id, "letter", data, personal

    # === OUTSIDE THE LADDER === #

    @api.model
    def _make_letters(
        self, cases, letter_key, day, subject=None, channels=(), release=False
    ):
        """Plan a letter on each case; see `case._make_letter`."""
        Documents = self.env["debt.collection.document"]
        for case in cases:
            Documents._check_document(letter_key, case, day, subject)
        key = {
            "letter_key": letter_key,
            "letter_ref": f"{subject._name},{subject.id}" if subject else str(day),
            "letter_channels": ",".join(channels) or False,
        }
        made = self._bulk_insert([self._prepare_letter(c, day) | key for c in cases])
        made._create_letter_lines()
        made.account_id._mark_stale()
        if release:
            made._release()
        return self._find_letters(cases, key["letter_key"], key["letter_ref"])

    @api.model
    def _make_subject_letters(self, letter_key, day, subjects):
        """A letter about each record on its case, which leaves without review.

        :param subjects: records with a ``case_id``; each gets one letter of the kind
        :return: the letters made now
        """
        Documents = self.env["debt.collection.document"]
        for subject in subjects:
            Documents._check_document(letter_key, subject.case_id, day, subject)
        made = self._bulk_insert(
            [
                {
                    **self._prepare_letter(subject.case_id, day),
                    "letter_key": letter_key,
                    "letter_ref": f"{subject._name},{subject.id}",
                    "letter_channels": False,
                }
                for subject in subjects
            ]
        )
        made._create_letter_lines()
        made.account_id._mark_stale()
        return made._release()

    @api.model
    def _prepare_letter(self, case, day):
        return {
            "account_id": case.account_id.id,
            "case_id": case.id,
            "company_id": case.company_id.id,
            "partner_id": case.partner_id.id,
            "currency_id": case.currency_id.id,
            "notice_kind": "none",
            "date": day,
            "state": "planned",
            "waits": [["review_hand", {}, "", ""]],
            "amount": case.amount_residual,
        }

    def _create_letter_lines(self):
        """The open items of the case; without a step, so the ladder stays as it is."""
        self.env["debt.collection.action.line"]._bulk_insert(
            [
                {
                    "action_id": action.id,
                    "company_id": action.company_id.id,
                    "move_line_id": claim.move_line_id.id,
                    "cycle": 0,
                    "amount_residual": claim.amount_residual,
                }
                for action in self
                for claim in action.case_id.claim_ids.filtered("is_open")
            ]
        )

    @api.model
    def _find_letters(self, cases, letter_key, letter_ref):
        return self.search(
            [
                ("case_id", "in", cases.ids),
                ("letter_key", "=", letter_key),
                ("letter_ref", "=", letter_ref),
                ("state", "!=", "skipped"),
            ]
        )

    def _get_letter_subject(self):
        """The record that a manual letter is about, or None.

        :rtype: odoo.models.BaseModel | None
        """
        self.ensure_one()
        model, _comma, key = (self.letter_ref or "").partition(",")
        if not key or model not in self.env:
            return None
        return self.env[model].browse(int(key)).exists() or None

    # === DISPATCH === #

    @api.model
    def _get_undispatched(self, limit, seen=()):
        """Released actions that have a delivery to hand over, oldest first."""
        self.env.flush_all()
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
        ready = self._ask_gate()
        ready._date_today()
        written = ready.filtered(lambda action: action._get_written())
        written = written._try(lambda actions: actions._before_letters())
        letters = written._render_letters()
        left = ready.filtered(lambda action: action.state == "released")
        for action in left:
            if isinstance(letters.get(action.id), Exception):
                action._fail_with(letters.pop(action.id))
                left -= action
        left._try(lambda actions: actions._hand_out(letters))

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
        tests._cancel(reason, is_taken=True)  # their lines follow below
        # a manual letter that was only tried can be made again
        failed = tests.filtered(
            lambda a: a.state == "failed" or a.letter_key and a.state == "done"
        )
        failed.write({"state": "skipped", "error": reason})
        tests.line_ids._leave_cycle()
        tests.account_id.write({"last_error": False, "is_stale": True})

    def _try(self, work):
        """Do something for actions together; where that fails, for each alone.

        One that fails alone says why on its case.

        :param callable work: takes actions
        :return: the actions it worked for
        """
        if not self:
            return self
        try:
            with self.env.cr.savepoint():
                work(self)
            return self
        except Exception as error:  # noqa: BLE001 - a broken template must not stop the others
            if self._is_in_the_way(error):
                raise
            if len(self) == 1:
                self._fail_with(error)
                return self.browse()
        return self.browse().concat(*(action._try(work) for action in self))

    def _fail_with(self, error):
        """Say on the case what kept the letter from being made.

        :raises TransactionRollbackError: another transaction was in the way: the run
            tries again
        """
        if self._is_in_the_way(error):
            raise error
        if isinstance(error, UserError):
            self._fail(str(error))
            return
        if isinstance(error, OSError):
            self._fail(
                self.env._(
                    "The disk of the server takes no more files: %(error)s. Make room "
                    "on it, then retry.",
                    error=error.strerror or error,
                )
            )
            return
        self._fail(
            self.env._(
                "The letter could not be made: %(error)s. Correct the template "
                "or the data, then retry.",
                error=error,
            )
        )

    def _is_in_the_way(self, error):
        """Whether an error says nothing of the letter: the next run makes it."""
        lost = self.env["debt.collection.run"]._is_connection_lost()
        return lost or isinstance(error, TransactionRollbackError)

    def _get_written(self):
        """The deliveries of the action that carry a letter and did not leave yet."""
        return self.delivery_ids.filtered(
            lambda d: d.channel in ("email", "post")
            and d.state == "to_send"
            and not d.handed_over
        )

    def _before_letters(self):
        """Prepare what letters and their mails refer to, just before they are made.

        Override to make it; may write. Called again when a mail is retried.
        """
        for action in self.filtered(lambda action: not action.attachment_id):
            action.lang = action._get_lang()
            if action._encloses():
                action.enclosure_ids = action._make_enclosures()

    def _make_enclosures(self):
        """The files of the invoices, as sent to the debtor where that was kept.

        The oldest first, as far as they fit into one mail with the letter; a file that
        cannot be printed is left to be asked for.

        :rtype: ir.attachment
        """
        self.ensure_one()
        room = self.company_id.debt_collection_enclosure_mb * 1024**2
        files = self.env["ir.attachment"]
        moves = self.line_ids.move_line_id.move_id
        for move in moves.sorted(lambda m: (m.invoice_date or m.date, m.name)):
            file = move._get_collection_enclosure()
            if file.file_size <= room and letter_pdf.is_readable(file.raw):
                room -= file.file_size
                files += file
        return files

    def _render_letters(self):
        """The PDF of each letter that is not frozen yet, all in one go.

        :return: action id -> bytes, or the exception that kept it from being made
        """
        new = self.filtered(lambda action: not action.attachment_id)
        return self.env["debt.collection.letter"]._render_pdfs(new) if new else {}

    def _hand_out(self, letters):
        """Freeze the letters just made and give them to their channels.

        :param dict letters: action id -> the PDF; none where one is frozen already
        """
        self._freeze_letters(letters)
        self.delivery_ids.filtered(
            lambda d: d.state == "to_send" and not d.handed_over
        )._hand_over()
        self._settle()

    def _freeze_letters(self, letters):
        """Keep the PDFs: what was made is what goes out and what the file keeps.

        :param dict letters: action id -> the PDF
        """
        new = self.filtered(lambda a: a.id in letters and not a.attachment_id)
        # a collector may send letters without owning the file store
        attachments_sudo = self.env["ir.attachment"].sudo()
        files = attachments_sudo.create(
            [action._prepare_letter_file(letters[action.id]) for action in new]
        )
        for action, file in zip(new, files, strict=True):
            action.attachment_id = file.id
        self.env.flush_all()  # a refusal belongs here, not to whoever reads next

    def _prepare_letter_file(self, pdf):
        self.ensure_one()
        thread = self.case_id or self.account_id
        return {
            "name": self._get_letter_filename(),
            "raw": pdf,
            "mimetype": "application/pdf",
            "res_model": thread._name,
            "res_id": thread.id,
        }

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
