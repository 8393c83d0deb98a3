import hashlib
import json
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

GENESIS = "0" * 64
# Keys under which events say what somebody wrote, or whom they name
WORDS = frozenset(
    {"reason", "text", "note", "words", "by", "partner", "performer", "without"}
)


def canonical(value):
    """One text for one value: sorted keys, no blanks, Unicode as it is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(*parts):
    """SHA-256 over the parts, one a line, as hexadecimal text."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class DebtCollectionEvent(models.Model):
    """The write-once log of a case: each event seals the one before it.

    The digest covers the case reference, the number, the UTC time, the kind, the
    author and the data as canonical text, no database ids. Personal data enter as a
    salted digest, so that they can be erased later without breaking the chain.
    """

    _name = "debt.collection.event"
    _description = "Event of a case"
    _inherit = ["debt.collection.bulk"]
    _order = "case_id, seq desc"
    _check_company_auto = True

    case_id = fields.Many2one(
        comodel_name="debt.collection.case",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    seq = fields.Integer(string="No.", required=True, readonly=True)
    moment = fields.Char(string="Time (UTC)", required=True, readonly=True)
    kind = fields.Char(required=True, readonly=True)
    author = fields.Char(required=True, readonly=True)
    data = fields.Text(required=True, readonly=True)
    personal = fields.Text(readonly=True)
    salt = fields.Char(readonly=True)
    personal_digest = fields.Char(readonly=True)
    previous_digest = fields.Char(required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True)
    summary = fields.Char(compute="_compute_summary")

    _seq_unique = models.UniqueIndex(
        "(case_id, seq)", "Two events of a case cannot have one number."
    )

    # === COMPUTE METHODS === #

    @api.depends("kind", "data", "personal")
    @api.depends_context("lang")
    def _compute_summary(self):
        labels = self._get_kind_labels()
        for event in self:
            said = json.loads(event.personal or "{}")
            values = json.loads(event.data or "{}")
            values |= {key: said[key] for key in WORDS & said.keys()}
            details = ", ".join(
                ", ".join(map(str, value)) if isinstance(value, list) else str(value)
                for key, value in values.items()
                if value and key != "sha256"
            )
            label = labels.get(event.kind, event.kind)
            event.summary = f"{label}: {details}" if details else label

    @api.model
    def _get_kind_labels(self):
        """The words for the kinds; an addon that logs its own kind adds it here."""
        return {
            "opened": self.env._("Opened"),
            "closed": self.env._("Closed"),
            "reopened": self.env._("Opened again"),
            "joined": self.env._("Joined from another case"),
            "letter": self.env._("Letter"),
            "action_failed": self.env._("Action failed"),
            "hold": self.env._("Hold"),
            "hold_ended": self.env._("Hold ended"),
            "left_out": self.env._("Left out of a letter"),
            "taken_back": self.env._("Taken back before it left"),
            "solvency": self.env._("Solvency"),
            "solvency_void": self.env._("Solvency check annulled"),
            "risk": self.env._("Goes on at the creditor's risk"),
            "handed_over": self.env._("Handed over"),
            "recalled": self.env._("Recalled"),
            "told_paid": self.env._("Partner told of a payment"),
            "partner_answer": self.env._("Answer of the partner"),
            "partner_message": self.env._("Message of the partner"),
            "paid": self.env._("Payment"),
            "regime": self.env._("Regime changed"),
            "booked": self.env._("Charges booked"),
            "credited": self.env._("Charges credited"),
            "matched": self.env._("Bank line matched"),
            "dispute": self.env._("Disputed"),
            "dispute_settled": self.env._("Dispute settled"),
            "contact": self.env._("Call or visit"),
            "contact_undone": self.env._("Call or visit taken back"),
            "plan_proposed": self.env._("Proposed"),
            "plan_offered": self.env._("Offered"),
            "plan_to_approve": self.env._("To approve"),
            "plan_resumed": self.env._("Runs again"),
            "plan_approved": self.env._("Approved"),
            "plan_accepted": self.env._("Accepted"),
            "plan_refused": self.env._("Refused"),
            "plan_expired": self.env._("Offer expired"),
            "plan_cancelled": self.env._("Cancelled"),
            "plan_kept": self.env._("Kept"),
            "plan_broken": self.env._("Broken"),
            "dispute_acknowledged": self.env._("Dispute acknowledged"),
            "party": self.env._("Co-debtor or guarantor"),
            "stopped": self.env._("Everything stopped"),
            "stop_ended": self.env._("Stop ended"),
            "dispute_choice": self.env._("The creditor chose"),
            **self._get_delivery_labels(),
            **self._get_cost_labels(),
            **self._get_legal_labels(),
            **self._get_loss_labels(),
        }

    @api.model
    def _get_loss_labels(self):
        return {
            "waived": self.env._("Charges waived"),
            "ended": self.env._("Ended by hand"),
            "costs_only": self.env._("Invoices paid, costs are left"),
            "write_off_asked": self.env._("Write-off asked"),
            "written_off": self.env._("Written off"),
            "write_off_reversed": self.env._("Write-off reversed"),
            "recovered": self.env._("Money after the write-off"),
        }

    @api.model
    def _get_legal_labels(self):
        return {
            "legal_proposed": self.env._("Legal step proposed"),
            "legal_ordered": self.env._("Legal step ordered"),
            "legal_done": self.env._("Legal step took place"),
            "legal_moved": self.env._("Legal step: another day"),
            "legal_cancelled": self.env._("Legal step given up"),
            "insolvency": self.env._("Insolvency"),
            **self._get_file_labels(),
        }

    @api.model
    def _get_file_labels(self):
        return {
            "book": self.env._("Evidence book made"),
            "erased": self.env._("Personal data erased"),
            "exported": self.env._("Data given to the debtor"),
        }

    @api.model
    def _get_cost_labels(self):
        return {
            "cost_requested": self.env._("Cost requested"),
            "cost_taken_back": self.env._("Cost request taken back"),
            "cost_question": self.env._("Question on a cost"),
            "cost_answer": self.env._("Answer on a cost"),
            "cost_overruled": self.env._("Cost without a solvency check"),
            "cost_first_yes": self.env._("First yes to a cost"),
            "cost_approved": self.env._("Cost approved"),
            "cost_refused": self.env._("Cost refused"),
            "cost_expired": self.env._("Approval of a cost ended"),
            "cost_engaged": self.env._("Cost ordered"),
            "cost_performed": self.env._("Act performed"),
            "cost_cancelled": self.env._("Cost cancelled"),
            "cost_more_requested": self.env._("More asked for a cost"),
            "cost_more_approved": self.env._("More approved for a cost"),
            "cost_given_up": self.env._("Cost given up"),
            "cost_settled": self.env._("Cost falls by the agreement"),
            "cost_standing": self.env._("Standing approval given"),
            "cost_standing_revoked": self.env._("Standing approval revoked"),
        }

    @api.model
    def _get_delivery_labels(self):
        """The words for what became of a letter on its way, and what came back."""
        return {
            "answer": self.env._("Answer of the debtor"),
            "bounced": self.env._("Mail came back"),
            "proof": self.env._("Proof of posting"),
            "registered": self.env._("Number of the registered letter"),
            "next_channel": self.env._("Sent again by another channel"),
        }

    # === CRUD METHODS === #

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The log of a case is evidence: nobody edits it."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(self.env._("The log of a case is evidence: nobody deletes it."))

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(
            self.env._("The log of a case is written by what happens, not by hand.")
        )

    # === BUSINESS METHODS === #

    @api.model
    def _log(self, entries, written=False):
        """Append events, in order, to the chains of their cases.

        What somebody wrote and whom it names (`WORDS`) goes to the personal data by
        itself, so that it can be erased while the chain holds.

        :param list[tuple] entries: (case, kind, data[, personal]); values of data are
            texts, numbers as texts, or lists of texts
        :param bool written: this transaction wrote the rows of the cases already
        :rtype: debt.collection.event
        """
        if not entries:
            return self.browse()
        heads = self._lock_heads({entry[0].id for entry in entries}, written)
        moment = fields.Datetime.to_string(fields.Datetime.now())
        rows = []
        for case, kind, data, *personal in entries:
            seq, previous = heads.get(case.id, (0, GENESIS))
            row = self._prepare_row(
                case, seq + 1, moment, kind, data, personal, previous
            )
            heads[case.id] = (row["seq"], row["digest"])
            rows.append(row)
        return self._bulk_insert(rows, skip_existing=False)

    @api.model
    def _prepare_row(self, case, seq, moment, kind, data, personal, previous):
        said = {key: data[key] for key in WORDS & data.keys() if data[key]}
        if said:
            data = {key: value for key, value in data.items() if key not in said}
            personal = [said | (personal[0] if personal else {})]
        text = canonical(data)
        secret = canonical(personal[0]) if personal else ""
        salt = secrets.token_hex(16) if secret else ""
        hidden = digest(salt, secret) if secret else ""
        author = self.env.user.login
        return {
            "case_id": case.id,
            "company_id": case.company_id.id,
            "seq": seq,
            "moment": moment,
            "kind": kind,
            "author": author,
            "data": text,
            "personal": secret,
            "salt": salt,
            "personal_digest": hidden,
            "previous_digest": previous,
            "digest": digest(
                case.name, str(seq), moment, kind, author, text, hidden, previous
            ),
        }

    @api.model
    def _lock_heads(self, case_ids, written=False):
        """The last number and digest of each chain, the cases locked for it."""
        ids = sorted(case_ids)
        self.env["debt.collection.case"].flush_model()
        if not written:
            self._write_heads(ids)
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (case_id) case_id, seq, digest
                     FROM debt_collection_event WHERE case_id = ANY(%s)
                    ORDER BY case_id, seq DESC""",
                ids,
            )
        )
        return {case: (seq, head) for case, seq, head in rows}

    @api.model
    def _write_heads(self, ids):
        """Write the rows of the cases, not only lock them.

        A transaction that read a chain before this one ends then fails as a conflict,
        which is tried again.
        """
        self.env.cr.execute(
            SQL(
                """UPDATE debt_collection_case c SET write_date = c.write_date
                     FROM (SELECT id FROM debt_collection_case WHERE id = ANY(%s)
                            ORDER BY id FOR NO KEY UPDATE) x
                    WHERE c.id = x.id""",
                ids,
            )
        )

    def _erase_personal(self):
        """Take the personal data out of the log; the digests stay, the chain holds."""
        self.env.cr.execute(
            SQL(
                """UPDATE debt_collection_event SET personal = NULL, salt = NULL
                    WHERE id = ANY(%s)""",
                self.ids,
            )
        )
        self.invalidate_recordset(["personal", "salt"], flush=False)

    @api.model
    def _verify(self, cases):
        """The first broken event of each case, as (case, number, reason).

        An empty list says that every chain holds.
        """
        broken = []
        for case, events in self._get_chains(cases).items():
            previous, expected = GENESIS, 1
            for event in events:
                reason = event._get_flaw(previous, expected)
                if reason:
                    broken.append((case, event.seq, reason))
                    break
                previous, expected = event.digest, expected + 1
        return broken

    @api.model
    def _get_chains(self, cases):
        events = self.search([("case_id", "in", cases.ids)], order="case_id, seq")
        return events.grouped("case_id")

    def _get_flaw(self, previous, expected):
        self.ensure_one()
        if self.seq != expected:
            return self.env._("number %(seq)s is missing", seq=expected)
        if self.previous_digest != previous:
            return self.env._("the link to the event before is cut")
        if self.personal and digest(self.salt, self.personal) != self.personal_digest:
            return self.env._("its personal data were changed")
        made = digest(
            self.case_id.name,
            str(self.seq),
            self.moment,
            self.kind,
            self.author,
            self.data,
            self.personal_digest or "",
            previous,
        )
        return False if made == self.digest else self.env._("its text was changed")
