from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..tools.facts import Blocker


class DebtCollectionRunWords(models.AbstractModel):
    """The sentences of the daily run: what is next, and if nothing, why."""

    _name = "debt.collection.run.words"
    _description = "Words of the daily run"

    # === SENTENCES === #

    @api.model
    def _get_sentence(self, account):
        """What is next for an account, and if nothing: why; in the user's language.

        :rtype: str
        """
        company = account.company_id
        found = company._get_collection_blockers(company._get_collection_today())
        parts = [self._word(blocker) for blocker in found]
        if account.last_error:
            return self.env._("Failed: %(error)s", error=account.last_error)
        parts += [self._word_stored(row) for row in account.blockers or ()]
        return " ".join(parts) or self.env._("The next run decides.")

    @api.model
    def _read_stored(self, row):
        """The blocker of a stored row: code, values, first day it no longer holds."""
        code, params, until = row[:3]
        day = fields.Date.to_date(until) if until else None
        return Blocker(code, tuple(params.items()), day)

    @api.model
    def _word_stored(self, row):
        """The sentence of a stored row, whose last value is the key of its regime."""
        return self._word(self._read_stored(row), row[3])

    @api.model
    def _word(self, blocker, regime_key=""):
        """The sentence of one blocker: the regime's own, else the engine's."""
        if regime_key:
            regime = self.env["debt.collection.regime"]._get_regime(regime_key)
            if sentence := regime._get_blocker_sentence(blocker):
                return sentence
        text = self._get_sentences().get(blocker.code)
        if not text:
            return blocker.code
        params = dict(blocker.params)
        for name in ("day", "last", "fresh", "from"):
            if name in params:
                params[name] = self._format_day(fields.Date.to_date(params[name]))
        return text % {**params, "until": self._format_day(blocker.until)}

    @api.model
    def _format_day(self, day):
        return format_date(self.env, day) if day else self.env._("further notice")

    @api.model
    def _get_sentences(self):
        """Blocker code -> sentence; an addon with blockers of its own adds them."""
        return self._get_stop_sentences() | {
            "not_yet": self.env._("“%(step)s” comes on %(until)s."),
            "regime_term": self.env._(
                "“%(step)s” comes on %(until)s: the law gives time."
            ),
            "regime_never": self.env._("The law wants an earlier letter first."),
            "hold": self.env._("On hold until %(last)s: %(reason)s."),
            "plan_promise": self.env._("A promise runs until %(last)s."),
            "plan_plan": self.env._("A payment plan runs until %(last)s."),
            "plan_paid": self.env._("Says he paid: held until %(last)s."),
            "plan_waiting": self.env._("A proposal waits for an answer: %(last)s."),
            "plan_unjudged": self.env._(
                "A promise or plan is past its day, %(last)s: it is judged once the "
                "bank is up to date and unmatched money of the debtor is matched."
            ),
            "plan_over": self.env._("A promise or plan has ended: %(last)s."),
            "to_review": self.env._("An action waits for review."),
            "acted": self.env._(
                "A letter was made on %(day)s; the next run says what follows."
            ),
            "on_its_way": self.env._("A letter is on its way."),
            "action_failed": self.env._("The last action failed: %(reason)s"),
            "payment_blocked": self.env._("The invoice is blocked for payment."),
            "payment_registered": self.env._(
                "A payment is registered and waits for its bank line: "
                "match or cancel it."
            ),
            "no_followup": self.env._("The invoice is excluded by another system."),
            "no_due_date": self.env._("The invoice has no due date: set one."),
            "no_policy": self.env._("No policy fits this debtor: add a rule."),
            "debtor_excluded": self.env._("The debtor is excluded from collection."),
            "debtor_archived": self.env._("The contact is archived: restore it."),
            "ladder_done": self.env._("The ladder is at its end: choose what next."),
            "below_minimum": self.env._("Below %(minimum)s, the least for this step."),
            "nothing_open": self.env._("Nothing is open."),
            **self._get_outer_sentences(),
            **self._get_review_sentences(),
        }

    @api.model
    def _get_review_sentences(self):
        """Why a person looks at a letter before it leaves."""
        return {
            "review_policy": self.env._("The policy shows every letter to a person."),
            "review_step": self.env._("The step asks for a look."),
            "review_credit": self.env._(
                "Unmatched money or credits of the debtor: %(credit)s of %(asked)s, "
                "net %(net)s."
            ),
            "review_hand": self.env._("Made by hand."),
            "review_back": self.env._("Taken back by hand."),
            "review_dispute": self.env._(
                "The debtor contests a part: read your own words again."
            ),
        }

    @api.model
    def _get_outer_sentences(self):
        """The same for what lies beside the ladder: means, contacts, the company."""
        return {
            "means_insolvent": self.env._(
                "Insolvent (%(source)s, %(day)s): decide whether to stop or to go on."
            ),
            "means_collective": self.env._(
                "A court serves all creditors of this debtor together (%(source)s, "
                "%(day)s): declare the claim there."
            ),
            "quiet_day": self.env._(
                "Nothing leaves on Sundays and holidays: %(until)s."
            ),
            "contact_limit": self.env._(
                "The debtor had %(number)s contacts in seven days: %(until)s."
            ),
            "one_letter": self.env._(
                "Another letter goes to this debtor first: %(until)s."
            ),
            "quiet_hours": self.env._(
                "The debtor is left in peace at that hour: choose another."
            ),
            "written_only": self.env._(
                "This debtor is reached in writing only: no calls and no visits."
            ),
            "to_call": self.env._("A call or a visit is to be made, from %(from)s on."),
            "company_paused": self.env._("Collection is paused for this company."),
            "not_started": self.env._(
                "Collection has not started in this company: a Manager finishes the "
                "first steps, then letters leave."
            ),
            "bank_stale": self.env._(
                "The bank is reconciled up to %(fresh)s only: match its lines first."
            ),
        }

    @api.model
    def _get_stop_sentences(self):
        """The sentences for disputes, hardship and death."""
        return {
            "stop_hardship": self.env._(
                "Hardship was reported: nothing happens until a person decides."
            ),
            "stop_death": self.env._(
                "A death was reported: nothing happens until a person decides."
            ),
            "item_contested": self.env._(
                "%(item)s is contested as a whole: it waits for our answer."
            ),
            "case_contested": self.env._(
                "The debtor contests with reasons: nothing is sent before the dispute "
                "is settled."
            ),
            "dispute_refused": self.env._(
                "A dispute was rejected: the debtor has time until %(until)s."
            ),
            "dispute_unanswered": self.env._(
                "The debtor contests and was not answered yet: acknowledge his dispute."
            ),
            "dispute_choice": self.env._(
                "The debtor contests in court: choose to credit, to stop or to go on."
            ),
        }
