from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.clock import Decision
from ..tools.facts import Blocker
from .debt_collection_policy_step import CONTACTS

WEEK = timedelta(days=7)


class DebtCollectionGate(models.AbstractModel):
    """The contact gate: one for all channels, cases and companies of a debtor.

    So many contacts in seven days, none on Sundays and the public holidays of the
    debtor's country, nothing while a dispute with reasons was not acknowledged. Quiet
    hours are kept by the channels, which know the hour they leave at.
    """

    _name = "debt.collection.gate"
    _description = "Contact gate"

    @api.model
    def _get_blockers(self, accounts, day):
        """Why no contact may start that day: account id -> tuple of blockers."""
        company = self.env.company
        full = self._get_full_debtors(accounts, day)
        debtors = self._read_debtors(accounts)
        quiet = {
            country: self._get_quiet_day(company, country, day)
            for country in {country for country, _unanswered in debtors.values()}
        }
        found = {}
        for account in accounts:
            country, unanswered = debtors[account.partner_id.id]
            found[account.id] = (
                quiet[country] + full.get(account.partner_id.id, ()) + unanswered
            )
        return found

    @api.model
    def _pass(self, decision, blockers):
        """The decision, its letters held back while the gate is closed."""
        if not decision.letters or not blockers:
            return decision
        ends = [blocker.until for blocker in blockers if blocker.until]
        return Decision(blockers=blockers, next_day=max(ends) if ends else None)

    @api.model
    def _get_contact_reasons(self, case, planned, agreed=True):
        """Why a person may not call or visit the debtor of a case, in sentences.

        :param PlannedContact planned: on the clock of the company
        :param bool agreed: the debtor agreed to it himself: the number of contacts in
            seven days does not count
        :rtype: list[str]
        """
        gate = self.with_company(case.company_id)
        blockers = gate._get_hour_blockers(case, planned)
        if not agreed:
            account, day = case.account_id, planned.start.date()
            blockers += gate._get_full_debtors(account, day).get(case.partner_id.id, ())
        run = self.env["debt.collection.run"]
        found = [run._word(blocker) for blocker in blockers]
        return found + gate._get_law_reasons(case, planned)

    def _get_hour_blockers(self, case, planned):
        """What the creditor's own settings say against it."""
        company, country = case.company_id, case.partner_id.country_id.code or ""
        blockers = self._get_quiet_day(company, country, planned.start.date())
        last = planned.end - timedelta(minutes=1)
        if company._is_quiet_hour(planned.start) or company._is_quiet_hour(last):
            blockers += (Blocker("quiet_hours"),)
        if case.partner_id.debt_collection_written_only:
            blockers += (Blocker("written_only"),)
        return blockers

    def _get_law_reasons(self, case, planned):
        """What the regimes of the open claims say against it, each sentence once."""
        claims = case.claim_ids.filtered("is_open")
        regimes = {claim.move_line_id.id: claim.regime for claim in claims}
        facts = self.env["debt.collection.facts"]._read(regimes)
        run, day = self.env["debt.collection.run"], planned.start.date()
        sentences = [
            run._word(blocker, fact.regime)
            for fact in facts.values()
            for blocker in self.env["debt.collection.regime"]
            ._get_regime(fact.regime, case.company_id)
            ._get_blockers(fact, "none", day, planned)
        ]
        return list(dict.fromkeys(sentences))

    def _get_quiet_day(self, company, country, day):
        """Why a debtor of that country is left in peace that day."""
        is_quiet = company._get_collection_quiet_days(country)
        if not is_quiet(day):
            return ()
        end = day
        while is_quiet(end):
            end += timedelta(days=1)
        return (Blocker("quiet_day", (), end),)

    def _read_debtors(self, accounts):
        """id -> (code of his country, whether he contested and heard nothing).

        The second as blockers. Reads every company's disputes: he is one person,
        whoever writes to him.
        """
        self.env["debt.collection.dispute"].flush_model()
        self.env["res.partner"].flush_model(["country_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT p.id, COALESCE(c.code, ''),
                          p.id IN (SELECT partner_id FROM debt_collection_dispute
                                    WHERE state = 'open' AND is_reasoned
                                      AND date_acknowledged IS NULL
                                      AND partner_id IS NOT NULL)
                     FROM res_partner p LEFT JOIN res_country c ON c.id = p.country_id
                    WHERE p.id = ANY(%s)""",
                accounts.partner_id.ids,
            )
        )
        blockers = {True: (Blocker("dispute_unanswered"),), False: ()}
        return {partner: (code, blockers[waits]) for partner, code, waits in rows}

    def _get_full_debtors(self, accounts, day):
        """Debtors who had as many contacts as allowed: partner id -> blockers.

        Reads every company's actions: the debtor is one person, whoever writes. What
        answers him, as a plan he asked for, is none.
        """
        limit = self.env.company.debt_collection_contact_limit
        if limit <= 0:
            return {}
        rows = self.env.execute_query(
            SQL(
                """SELECT a.partner_id, COALESCE(a.date_done, a.date) AS day
                     FROM debt_collection_action a
                    WHERE a.partner_id = ANY(%s) AND a.state IN ('released', 'done')
                      AND COALESCE(a.date_done, a.date) > %s
                      AND COALESCE(a.date_done, a.date) <= %s
                      AND NOT COALESCE(a.letter_key, '') = ANY(%s)
                      AND EXISTS (SELECT FROM debt_collection_delivery d
                                   WHERE d.action_id = a.id AND d.channel = ANY(%s)
                                     AND d.state IN ('to_send', 'sending', 'sent')
                                     AND d.is_test IS NOT TRUE)
                    ORDER BY day DESC""",
                accounts.partner_id.ids,
                day - WEEK,
                day,
                self.env["debt.collection.document"]._get_answer_keys(),
                list(CONTACTS),
            )
        )
        days = defaultdict(list)
        for partner, contact in rows:
            days[partner].append(contact)
        return {
            partner: (
                Blocker(
                    "contact_limit", (("number", str(limit)),), last[limit - 1] + WEEK
                ),
            )
            for partner, last in days.items()
            if len(last) >= limit
        }
