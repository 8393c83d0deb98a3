from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.clock import Decision
from ..tools.facts import Blocker
from .debt_collection_policy_step import CONTACTS

WEEK = timedelta(days=7)
DAY = timedelta(days=1)


class DebtCollectionGate(models.AbstractModel):
    """The contact gate: one for all channels, cases and companies of a debtor.

    So many contacts in seven days, none on Sundays and the public holidays of the
    debtor's country, nothing while a dispute with reasons was not acknowledged. Quiet
    hours are kept by the channels, which know the hour they leave at. It is asked when
    a letter is planned, made, and when it leaves.
    """

    _name = "debt.collection.gate"
    _description = "Contact gate"

    @api.model
    def _get_blockers(self, accounts, day, closing=()):
        """Why no contact may start that day: account id -> tuple of blockers.

        :param closing: ids of cases that close before; what waits there never leaves
        """
        company = self.env.company
        full = self._get_full_debtors(accounts, day, closing)
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

    # === ONE LETTER === #

    @api.model
    def _choose(self, accounts, decisions, day, is_contact, closing=()):
        """One letter a day to each account, the highest; no more than a debtor may get.

        Policies and regimes of one account decide by themselves: the letters that lose
        come another day. What leaves at once counts for the debtor's other accounts,
        so all of a debtor that are decided that day have to come in one call.

        :param accounts: those decided, all of one company
        :param dict decisions: account id -> [(key, decision)]; changed in place
        :param callable is_contact: (key, letter) -> whether it leaves at once and
            reaches the debtor
        """
        limit = self.env.company.debt_collection_contact_limit
        contacts = self._read_contacts(accounts, day, closing) if limit > 0 else {}
        for partner, group in accounts.grouped("partner_id").items():
            best = []
            for account in group:
                if pick := self._pick(decisions.get(account.id, ()), day):
                    best.append((*pick, account.id))
            best.sort(key=lambda pick: (pick[0], -pick[2]), reverse=True)
            days = contacts.get(partner.id, [])
            for _rank, index, account_id in best:
                key, decision = decisions[account_id][index]
                if limit > 0 and len(days) >= limit:
                    blocker = self._get_full_blocker(days, limit)
                    held = self._pass(decision, (blocker,))
                    decisions[account_id][index] = (key, held)
                elif any(is_contact(key, letter) for letter in decision.letters):
                    days = [day, *days]

    def _pick(self, subjects, day):
        """The subject of an account whose letter leaves; the others wait a day.

        :param list subjects: (key, decision) pairs, changed in place
        :return: (rank, index) of the one, None without a letter
        """
        ranks = [
            (self._rank(letter), index)
            for index, (_key, decision) in enumerate(subjects)
            for letter in decision.letters
        ]
        if not ranks:
            return None
        best = max(ranks, key=lambda rank: (rank[0], -rank[1]))
        wait = Decision(
            blockers=(Blocker("one_letter", (), day + DAY),), next_day=day + DAY
        )
        for _rank, index in ranks:
            if index != best[1]:
                subjects[index] = (subjects[index][0], wait)
        return best

    @api.model
    def _rank(self, letter):
        """How high a letter stands, to compare steps of different ladders."""
        step = letter.step
        kinds = ("none", "first", "formal")
        return (
            step.notice_kind == "formal",
            step.sequence,
            kinds.index(step.notice_kind),
        )

    # === ASKED AGAIN === #

    @api.model
    def _get_waits(self, actions, day, quiet=True):
        """Why released letters of the company may not leave that day.

        Asked again after they were planned, since meanwhile a dispute may have come, a
        rest begun, or another company written. What answers the debtor, tests and
        tasks wait for nothing.

        :param bool quiet: whether it has to be a day on which letters leave
        :return: action id -> tuple of blockers; those that may leave are left out
        """
        answers = self._get_answers()
        asked = actions.filtered(
            lambda action: action.state == "released"
            and not action.is_test
            and action.letter_key not in answers
            and action.delivery_ids.filtered(lambda d: d.channel in CONTACTS)
        )
        if not asked:
            return {}
        company, debtors = self.env.company, self._read_debtors(asked.account_id)
        full = self._get_full_ahead(asked, day)
        ladder = asked.filtered("step_id")
        run, rests = self.env["debt.collection.run"], {}
        if ladder:
            rests = run._read_rests(ladder.account_id, day)
        found = {}
        for action in asked:
            country, unanswered = debtors[action.partner_id.id]
            blockers = [*unanswered, *full.get(action.id, ())]
            if quiet:
                blockers += self._get_quiet_day(company, country, day)
            if action in ladder:
                keys = [("account", action.account_id.id), ("case", action.case_id.id)]
                keys += [("item", item) for item in action.line_ids.move_line_id.ids]
                blockers += [b for key in keys for b in rests.get(key, ())]
            if blockers:
                found[action.id] = tuple(dict.fromkeys(blockers))
        return found

    def _get_answers(self):
        return self.env["debt.collection.document"]._get_answer_keys()

    def _get_full_ahead(self, actions, day):
        """Letters whose debtor had enough contacts: action id -> blockers.

        Counted are the other ones that left, and those that wait before it: else two
        would wait for each other.
        """
        limit = self.env.company.debt_collection_contact_limit
        if limit <= 0:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT x.id, COALESCE(a.date_done, a.date) AS day
                     FROM debt_collection_action x
                     JOIN debt_collection_action a
                          ON a.partner_id = x.partner_id AND a.id <> x.id
                    WHERE x.id = ANY(%s) AND a.state IN ('released', 'done')
                      AND COALESCE(a.date_done, a.date) > %s
                      AND COALESCE(a.date_done, a.date) <= %s
                      AND NOT COALESCE(a.letter_key, '') = ANY(%s)
                      AND EXISTS (SELECT FROM debt_collection_delivery d
                                   WHERE d.action_id = a.id AND d.channel = ANY(%s)
                                     AND d.is_test IS NOT TRUE
                                     AND (d.state IN ('sending', 'sent')
                                          OR d.state = 'to_send'
                                             AND (a.date, a.id) < (x.date, x.id)))
                    ORDER BY day DESC""",
                actions.ids,
                day - WEEK,
                day,
                self._get_answers(),
                list(CONTACTS),
            )
        )
        days = defaultdict(list)
        for action, contact in rows:
            days[action].append(contact)
        return {
            action: (self._get_full_blocker(last, limit),)
            for action, last in days.items()
            if len(last) >= limit
        }

    # === CALLS AND VISITS === #

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
            _country, unanswered = gate._read_debtors(account)[case.partner_id.id]
            blockers += unanswered
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

    def _get_full_debtors(self, accounts, day, closing=()):
        """Debtors who had as many contacts as allowed: partner id -> blockers."""
        limit = self.env.company.debt_collection_contact_limit
        if limit <= 0:
            return {}
        return {
            partner: (self._get_full_blocker(last, limit),)
            for partner, last in self._read_contacts(accounts, day, closing).items()
            if len(last) >= limit
        }

    def _get_full_blocker(self, days, limit):
        """That a debtor had enough contacts, until the oldest of them is a week old.

        :param list[date] days: of his contacts, the last first
        """
        params = (("number", str(limit)),)
        return Blocker("contact_limit", params, days[limit - 1] + WEEK)

    def _read_contacts(self, accounts, day, closing=()):
        """Days of the contacts of a week, the last first: partner id -> list.

        Reads every company's actions: the debtor is one person, whoever writes. What
        answers him, as a plan he asked for, is none.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT a.partner_id, COALESCE(a.date_done, a.date) AS day
                     FROM debt_collection_action a
                    WHERE a.partner_id = ANY(%s) AND a.state IN ('released', 'done')
                      AND COALESCE(a.date_done, a.date) > %s
                      AND COALESCE(a.date_done, a.date) <= %s
                      AND NOT COALESCE(a.letter_key, '') = ANY(%s)
                      AND NOT (a.state = 'released'
                               AND COALESCE(a.case_id, 0) = ANY(%s))
                      AND EXISTS (SELECT FROM debt_collection_delivery d
                                   WHERE d.action_id = a.id AND d.channel = ANY(%s)
                                     AND d.state IN ('to_send', 'sending', 'sent')
                                     AND d.is_test IS NOT TRUE)
                    ORDER BY day DESC""",
                accounts.partner_id.ids,
                day - WEEK,
                day,
                self._get_answers(),
                list(closing),
                list(CONTACTS),
            )
        )
        days = defaultdict(list)
        for partner, contact in rows:
            days[partner].append(contact)
        return days
