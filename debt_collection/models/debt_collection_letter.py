import re
import secrets
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from lxml import html as lxml_html
from markupsafe import Markup, escape

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty, split_every
from odoo.tools.image import image_data_uri
from odoo.tools.misc import format_date, format_datetime, formatLang

from ..report import letter_pdf
from ..tools.answers import Letter
from ..tools.facts import Dispatch
from ..tools.values import Statement
from .debt_collection_parameter import MissingParameter

REPORT = "debt_collection.report_letter"
# letters printed by one start of the engine
ENGINE_BATCH = 50
DESCRIPTION_LENGTH = 90
# items a mail lists; the letter has them all
MAIL_ROWS = 12
FREE_TEXT = 140
# in the context of a mail's template: action id -> what its letter is about
MATTERS = "debt_collection_matters"
MAIL_FIELDS = ("subject", "body_html", "email_from", "reply_to")
MARK = re.compile(r"\[\[(\w+)\]\]")
# kind of letter -> template of its mail
MAIL_TEMPLATES = {
    "before_due": "mail_template_before_due",
    "first": "mail_template_first",
    "second": "mail_template_letter",
    "formal": "mail_template_formal",
}


@dataclass(frozen=True, slots=True)
class Matter:
    """What one letter is about: read once, asked by values, texts and checks.

    :param kind: before_due, first, second or formal
    :param facts: tuple of ClaimFacts of the claims listed
    """

    kind: str
    letter: Letter
    statement: Statement
    facts: tuple


@dataclass(frozen=True, slots=True)
class Announced:
    """An amount that is not claimed now and will be, from a day on.

    ``percent`` is a yearly rate where the amount grows with time (None: not known
    or not verified), ``amount`` then None.
    """

    ground: str
    day: date | None
    amount: Decimal | None = None
    percent: Decimal | None = None


class DebtCollectionLetter(models.AbstractModel):
    """Turns actions into letters: the values, the words, the HTML, the PDF.

    A page carries its own style sheet and pictures, so the engine asks the server
    for nothing; both builds of the engine make real text of it.
    """

    _name = "debt.collection.letter"
    _description = "Collection letter"
    _inherit = ["debt.collection.letter.mention", "debt.collection.letter.party"]

    # days a letter gives where neither the law nor the ladder says otherwise
    _payment_days = 8

    # === THE FILE === #

    @api.model
    def _render_pdf(self, action):
        """The PDF of one action, as of its day, in the language of its recipient.

        :raises UserError: the company cannot be paid, a compulsory mention is
            lacking, or the engine is missing
        :rtype: bytes
        """
        pdf = self._render_pdfs(action)[action.id]
        if isinstance(pdf, Exception):
            raise pdf
        return pdf

    @api.model
    def _render_pdfs(self, actions):
        """The PDFs of actions, printed together; an error stays with its action.

        :returns: action id -> the file, or the exception that prevented it
        :rtype: dict[int, bytes | Exception]
        """
        pages = self._render_bodies(actions)
        result = {k: page for k, page in pages.items() if isinstance(page, Exception)}
        ready = [(key, page) for key, page in pages.items() if key not in result]
        for chunk in split_every(ENGINE_BATCH, ready, list):
            result.update(self._print(chunk))
        return {action.id: result[action.id] for action in actions}

    @api.model
    def _render_bodies(self, actions):
        """Checked HTML of each action, or the exception: action id -> either."""
        result = {}
        for lang, group in self._group_by_lang(actions).items():
            letter = self.with_context(lang=lang)
            group = group.with_context(lang=lang)
            steps = group.filtered(lambda action: not action.letter_key)
            matters = letter._read_matters(steps)
            for action in group:
                result[action.id] = letter._try_body(action, matters.get(action.id))
        return result

    def _try_body(self, action, matter):
        """The HTML of a letter, or the exception: one bad letter stops no other."""
        try:
            if isinstance(matter, Exception):
                raise matter
            with self.env.cr.savepoint(flush=False):
                return self._make_body(action, matter)
        except Exception as error:  # noqa: BLE001 - a template may raise anything
            return error

    def _make_body(self, action, matter):
        if action.letter_key:
            return self.env["debt.collection.document"]._render_action(action)
        values = self._get_values(action, matter)
        body = self._render_words("debt_collection.letter_body", values)
        self._check_mentions(action, values, body)
        self.env["debt.collection.draft"]._check(action, self, values)
        return body

    @api.model
    def _group_by_lang(self, actions):
        groups = defaultdict(actions.browse)
        for action in actions:
            groups[action.lang or action._get_lang()] |= action
        return groups

    def _print(self, pages):
        """Print (action id, HTML) pairs in one start; apart if that goes wrong."""
        marks = [f"{secrets.token_hex(8)}" for _page in pages]
        try:
            if len(pages) == 1:
                files = [self._run_engine([pages[0][1]])]
            else:
                joined = self._run_engine([body for _key, body in pages], marks)
                files = letter_pdf.cut(joined, marks)
        except (UserError, letter_pdf.LostMark, OSError) as error:
            if len(pages) == 1:
                return {pages[0][0]: error}
            result = {}
            for page in pages:
                result.update(self._print([page]))
            return result
        label = self._get_page_label
        return {
            key: letter_pdf.number_pages(file, label)
            for (key, _body), file in zip(pages, files, strict=True)
        }

    def _run_engine(self, bodies, marks=()):
        """One start of the engine on the bodies, each followed by its mark page."""
        report = self.env.ref(REPORT).sudo()  # paper format and engine settings
        page = self._wrap_pages(bodies, marks)
        return report._run_wkhtmltopdf([page], report_ref=REPORT)

    def _wrap_pages(self, bodies, marks=()):
        page = self.env["ir.qweb"]._render(
            "debt_collection.letter_page",
            {"bodies": bodies, "marks": marks, "lang": self.env.lang or "en"},
        )
        return Markup("<!DOCTYPE html>") + page

    @api.model
    def _get_page_label(self, page, pages):
        return f"{page} / {pages}"

    # === THE PAGE === #

    @api.model
    def _render_html(self, action):
        """The complete page of one letter.

        :rtype: markupsafe.Markup
        """
        return self._wrap_pages([self._render_body(action)])

    @api.model
    def _render_body(self, action):
        """The letter without its page, unchecked: for a preview."""
        lang = action.lang or action._get_lang()
        letter, action = self.with_context(lang=lang), action.with_context(lang=lang)
        if action.letter_key:
            return letter.env["debt.collection.document"]._render_action(action)
        matter = letter._read_matters(action)[action.id]
        if isinstance(matter, Exception):
            raise matter
        values = letter._get_values(action, matter)
        return letter._render_words("debt_collection.letter_body", values)

    def _render_words(self, template, values):
        """A template, with what stands in double brackets filled in."""
        page = self.env["ir.qweb"]._render(template, values)
        marks = self._get_marks(values)
        return Markup(MARK.sub(lambda m: escape(marks.get(m[1], m[0])), page))

    @api.model
    def _get_marks(self, values):
        """Words of the templates: name in double brackets -> text; see `super()`.

        They stand in whole sentences, which each language orders in its own way.
        """
        money, long_day, get = values["money"], values["long_day"], values.get
        statement, term, case = get("statement"), get("term"), values["case"]
        if not statement:
            return {"date": long_day(values["date"])}
        marks = {
            "due": Markup("<b>%s</b>") % money(statement.due),
            "balance": Markup("<b>%s</b>") % money(statement.balance),
            "interest": money(statement.interest_left),
            "indemnity": money(statement.indemnity_left),
            "costs_left": money(statement.cost_left),
            "zero": money(0),
            "date": long_day(values["date"]),
            "closed": long_day(case.date_closed),
            "reserved_from": long_day(statement.interest_reserved_from),
            "deadline": Markup("<b>%s</b>") % long_day(get("deadline")),
            "more": str(len(values["claims"]) - MAIL_ROWS),
        }
        if term:
            days = (term.last_day - term.start).days + 1
            marks["term_days"] = Markup("<b>%s</b>") % self.env._(
                "%(number)s calendar days", number=days
            )
            marks["term_start"] = long_day(term.start)
            marks["term_last"] = Markup("<b>%s</b>") % long_day(term.last_day)
        return marks | values.get("marks", {})

    # === THE MAIL === #

    @api.model
    def _render_mails(self, actions):
        """The words of the mails of actions, each in the language of its recipient.

        :return: action id -> subject, body_html, email_from, reply_to
        :rtype: dict[int, dict]
        """
        result = {}
        for lang, group in self._group_by_lang(actions).items():
            letter = self.with_context(lang=lang)
            steps = group.filtered(lambda action: not action.letter_key)
            matters = letter._read_matters(steps.with_context(lang=lang))
            letter = letter.with_context(**{MATTERS: matters})
            group = group.with_env(letter.env)
            for template, part in group.grouped(letter._get_mail_template).items():
                result |= template._generate_template(part.ids, MAIL_FIELDS)
        return result

    def _find_matter(self, action):
        """What a letter is about, or the exception: read before, else now."""
        known = self.env.context.get(MATTERS, {})
        return known.get(action.id) or self._read_matters(action)[action.id]

    @api.model
    def _get_mail_template(self, action):
        """The mail that accompanies the letter: the step's own, else by kind.

        :rtype: mail.template
        """
        if action.letter_key:
            Documents = self.env["debt.collection.document"]
            return self.env.ref(Documents._get_document(action.letter_key).mail)
        own = action.step_id.mail_template_id
        if own:
            return own
        matter = self._find_matter(action)
        kind = "second" if isinstance(matter, Exception) else matter.kind
        return self.env.ref(f"debt_collection.{MAIL_TEMPLATES[kind]}")

    @api.model
    def _get_mail_values(self, action):
        """What the mail shows of its letter, in its language: the same figures.

        :returns: due and deadline as text, url, and items as a small table
        :rtype: dict
        """
        lang = action.lang or action._get_lang()
        letter, action = self.with_context(lang=lang), action.with_context(lang=lang)
        if action.letter_key:
            return letter.env["debt.collection.document"]._get_mail_values(action)
        matter = letter._find_matter(action)
        if isinstance(matter, Exception):
            raise matter
        frame = letter._get_frame(action, action.recipient_id, action.case_id)
        term = letter._get_term(action, matter)
        rows = letter._get_claim_rows(matter.statement)
        values = {
            **frame,
            "claims": rows,
            "statement": matter.statement,
            "date": action.date,
        }
        return {
            "due": frame["money"](matter.statement.due),
            "deadline": frame["long_day"](letter._get_deadline(action, matter, term)),
            "url": action._get_portal_url(),
            "items": letter._render_words("debt_collection.mail_items", values),
        }

    # === WHAT IT IS ABOUT === #

    @api.model
    def _read_matters(self, actions):
        """What each letter is about, read together.

        :rtype: dict[int, Matter | Exception]
        """
        result = {}
        for company, group in actions.grouped("company_id").items():
            letter = self.with_company(company)
            try:
                with self.env.cr.savepoint(flush=False):
                    result.update(letter._read_company_matters(group))
            except Exception as error:  # noqa: BLE001 - told apart one by one
                if len(group) == 1:
                    result[group.id] = error
                    continue
                for action in group:
                    result.update(letter._read_matters(action))
        return result

    def _read_company_matters(self, actions):
        """Matters of actions of one company."""
        regimes = {action.id: self._get_regimes(action) for action in actions}
        items = {item: key for group in regimes.values() for item, key in group.items()}
        self._read_ahead(list(items))
        read = self.env["debt.collection.facts"]._read(items)
        facts = {key: tuple(read[i] for i in group) for key, group in regimes.items()}
        kinds = {a.id: self._get_kind(a, facts[a.id]) for a in actions}
        statements = {}
        for (day, waived), group in actions.grouped(
            lambda a: self._get_basis(a, kinds[a.id], facts[a.id])
        ).items():
            groups = {action.id: regimes[action.id] for action in group}
            statements |= self.env["debt.collection.statement"]._for_groups(
                groups,
                day,
                verified_only=True,
                principal_only=waived,
                cases={a.id: a.case_id.id for a in group if a.case_id},
            )
        return {
            action.id: self._build_matter(
                action, kinds[action.id], statements[action.id], facts[action.id]
            )
            for action in actions
        }

    @api.model
    def _read_ahead(self, item_ids):
        """Have at hand what letters say of their invoices: read once for all."""
        moves = self.env["account.move.line"].browse(item_ids).move_id
        moves.mapped("name")
        moves.invoice_line_ids.mapped("name")

    @api.model
    def _get_basis(self, action, kind, facts):
        """The day of the figures, and whether they are the principal alone.

        What falls due later is stated as of the day when all of it is due.
        """
        if kind == "before_due":
            return max(fact.due_date for fact in facts), True
        return action.date, action.step_id.charges == "waived"

    def _get_regimes(self, action):
        """The claims a letter is about: item id -> regime key.

        Those of the case; where each item climbs by itself, those of the action.
        """
        items = action.line_ids.move_line_id
        case = action.case_id
        if not case:
            answers = self.env["debt.collection.regime"]._determine(items)
            return {item: key for item, (key, _reason) in answers.items()}
        claims = case.claim_ids.filtered(lambda c: c.is_open or case.date_closed)
        regime = self.env["debt.collection.regime"]._get_regime(case.regime)
        if not regime._sweeps_items():
            claims = claims.filtered(lambda claim: claim.move_line_id in items)
        return {claim.move_line_id.id: claim.regime for claim in claims}

    def _build_matter(self, action, kind, statement, facts):
        answers = [
            self._get_regime(fact)._get_letter(fact, action.notice_kind)
            for fact in facts
        ]
        mentions = dict.fromkeys(code for answer in answers for code in answer.mentions)
        key = answers[0].key if answers and kind != "before_due" else ""
        return Matter(kind, Letter(key, tuple(mentions)), statement, facts)

    @api.model
    def _get_kind(self, action, facts):
        """Which letter of the ladder it is, from what it does and when it comes.

        :rtype: str
        """
        if facts and all(fact.due_date >= action.date for fact in facts):
            return "before_due"
        if action.notice_kind == "formal":
            return "formal"
        is_first = action.notice_kind == "first" or action.step_id.charges == "waived"
        return "first" if is_first else "second"

    def _get_regime(self, fact):
        return self.env["debt.collection.regime"]._get_regime(fact.regime)

    # === THE VALUES === #

    @api.model
    def _get_values(self, action, matter):
        """What the letter templates show; extend by `super()`."""
        statement = matter.statement
        if statement.due <= 0:
            raise UserError(
                self.env._(
                    "Nothing is left to pay on %(letter)s: skip it.",
                    letter=action.display_name,
                )
            )
        bank, url = self._get_bank(action), action._get_portal_url()
        enclosed, on_request = self._get_enclosed_names(action)
        term = self._get_term(action, matter)
        return {
            **self._get_frame(action, action.recipient_id, action.case_id),
            "o": action,
            "date": action.date,
            "kind": matter.kind,
            "matter": matter,
            "mentions": matter.letter.mentions,
            "text_template": self._get_text_template(matter),
            "draft": action.draft_letter,
            "statement": statement,
            "claims": self._get_claim_rows(statement),
            "charges": [row for row in statement.charges if row.left],
            "costs": [row for row in statement.costs if row.left],
            "interest": statement.interest_left,
            "contested": statement.contested + statement.contested_interest,
            "announced": self._get_announced(action, matter, term),
            "term": term,
            "deadline": self._get_deadline(action, matter, term),
            "next_kind": self._get_next_kind(action),
            "rights": self._get_rights(matter),
            "promises": [self._cite(promise) for promise in self._get_promises(action)]
            if matter.kind in ("second", "formal")
            else [],
            "enclosures": enclosed,
            "on_request": on_request,
            "bank": bank,
            "reference": self._get_reference(action),
            "qr_code": self._get_qr_code(action, statement),
            "url": url,
            "url_code": letter_pdf.qr_code(url) if url else False,
        }

    def _get_frame(self, record, recipient, case):
        """What head and foot show, and the functions for amounts and days."""
        env, currency = self.env, record.currency_id
        return {
            "company": record.company_id,
            "is_test": record.company_id.debt_collection_test_mode,
            "company_number": self._get_company_number(record.company_id),
            "recipient": recipient,
            "case": case,
            "image_data_uri": image_data_uri,
            "is_html_empty": is_html_empty,
            "money": lambda amount: formatLang(
                env, float(amount), currency_obj=currency
            ),
            "day": lambda value: format_date(env, value),
            "long_day": lambda value: format_date(env, value, date_format="long"),
            "moment": lambda value: format_datetime(
                env, value, tz=record.company_id.debt_collection_tz, dt_format="long"
            ),
        }

    @api.model
    def _get_text_templates(self):
        """The words of each letter: kind or the regime's key -> template.

        Override to add the letters of your law under the keys its regimes give; a
        key that is not there falls back on the kind of letter.

        :rtype: dict[str, str]
        """
        return {
            "before_due": "debt_collection.letter_text_before_due",
            "first": "debt_collection.letter_text_first",
            "second": "debt_collection.letter_text_second",
            "formal": "debt_collection.letter_text_formal",
        }

    def _get_text_template(self, matter):
        templates = self._get_text_templates()
        return templates.get(matter.letter.key) or templates[matter.kind]

    @api.model
    def _get_company_number(self, company):
        """The number that identifies the creditor, as printed; empty when unknown.

        Override to format the number of your country.

        :rtype: str
        """
        return company.vat or company.company_registry or ""

    def _get_claim_rows(self, statement):
        """(claim, invoice, what was delivered) of the statement, oldest due first."""
        lines = self.env["account.move.line"].browse(
            row.claim.key for row in statement.claims
        )
        moves = {line.id: line.move_id for line in lines}
        rows = [
            (row, moves[row.claim.key], self._get_description(moves[row.claim.key]))
            for row in statement.claims
            if row.claim.due_date <= statement.at
        ]
        return sorted(rows, key=lambda row: (row[0].claim.due_date, row[1].name))

    @api.model
    def _get_description(self, move):
        """What the invoice is for, in a line; empty when nobody wrote it.

        :rtype: str
        """
        lines = move.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        )
        names = dict.fromkeys(
            (line.name or line.product_id.name or "").split("\n")[0] for line in lines
        )
        text = ", ".join(filter(None, names))
        is_long = len(text) > DESCRIPTION_LENGTH
        return f"{text[:DESCRIPTION_LENGTH].rstrip()}…" if is_long else text

    def _get_rights(self, matter):
        """Sentences on the debtor's rights that his regimes want told."""
        return list(
            dict.fromkeys(
                sentence
                for fact in matter.facts[:1]
                for sentence in self._get_regime(fact)._get_debtor_notice(fact)
            )
        )

    @api.model
    def _get_case_rights(self, case):
        """Sentences on the debtor's rights that the regimes of a case want told."""
        claim = case.env["debt.collection.claim"].search(
            [("case_id", "=", case.id), ("is_open", "=", True)], limit=1
        )
        return self._read_rights({item.id: claim.regime for item in claim.move_line_id})

    @api.model
    def _get_item_rights(self, items):
        """The same for items that are on no case."""
        answers = self.env["debt.collection.regime"]._determine(items)
        return self._read_rights({item: key for item, (key, _r) in answers.items()})

    def _read_rights(self, regimes):
        facts = self.env["debt.collection.facts"]._read(regimes)
        return [
            sentence
            for fact in facts.values()
            for sentence in self._get_regime(fact)._get_debtor_notice(fact)
        ]

    @api.model
    def _get_promises(self, action):
        """Promises the debtor signed and did not keep, cited from the second letter.

        Override to answer (day signed, amount as text, day promised) triples; must not
        write.
        """
        broken = action.case_id.plan_ids.filtered(
            lambda plan: plan.state == "broken" and plan.signed_on and plan.date_end
        )
        return [
            (
                plan.company_id._get_collection_day(plan.signed_on),
                formatLang(self.env, plan.amount, currency_obj=plan.currency_id),
                plan.date_end,
            )
            for plan in broken
        ]

    def _cite(self, promise):
        signed, amount, day = promise
        return self.env._(
            "On %(signed)s you promised in a signed document to pay %(amount)s by "
            "%(day)s. That promise was not kept.",
            signed=format_date(self.env, signed, date_format="long"),
            amount=amount,
            day=format_date(self.env, day, date_format="long"),
        )

    @api.model
    def _get_enclosed_names(self, action):
        """The files that go out with the letter, and those too large for it.

        :returns: (names enclosed, names of invoices sent on request)
        :rtype: tuple[list[str], list[str]]
        """
        if not action._encloses():
            return [], []
        moves = action.line_ids.move_line_id.move_id.sorted("name")
        if action.state == "planned":  # a preview: nothing is made for it
            return moves.mapped("name"), []
        enclosed = action.enclosure_ids.sudo()  # made for this letter
        left = moves.filtered(lambda move: move.id not in enclosed.mapped("res_id"))
        return enclosed.mapped("name"), left.mapped("name")

    # === WHAT COMES NEXT, AND WHEN === #

    def _get_term(self, action, matter):
        """The term of the law that a first letter opens if it leaves on its day.

        The longest, over its claims and written channels; None where none runs.

        :rtype: NoticeTerm | None
        """
        if matter.kind != "first":
            return None
        terms = [
            self._get_regime(fact)._get_notice_term(fact, dispatch)
            for fact in matter.facts
            for dispatch in self._get_dispatches(action)
        ]
        return max(filter(None, terms), key=lambda t: t.last_day, default=None)

    def _get_dispatches(self, action):
        """The letter as if it left on its day, by each written channel."""
        channels = action._get_channels() if action.step_id else ["email"]
        return [
            Dispatch(
                action.date,
                "registered" if action._is_registered(channel) else channel,
                action.notice_kind,
            )
            for channel in channels
            if channel in ("email", "post")
        ]

    def _get_announced(self, action, matter, term):
        """What is not claimed now and will be: in words, never in the amount due.

        :rtype: list[Announced]
        """
        if matter.kind == "first" and term:
            return self._foresee(action, matter, term)
        labels = {row.claim.key: row.claim.label for row in matter.statement.claims}
        return [
            Announced(
                row.ground or labels.get(row.claim, ""),
                row.claimable_from,
                amount=row.amount,
            )
            for row in matter.statement.not_yet
        ]

    def _foresee(self, action, matter, term):
        """What the regimes will let claim if nothing is paid before the term ends."""
        charges, rates = defaultdict(Decimal), {}
        last = self._get_dispatches(action)[-1]
        for fact in matter.facts:
            regime = self._get_regime(fact)
            after = replace(fact, notices=(*fact.notices, last))
            for charge in regime._get_fixed_charges(after, term.claimable_from):
                amount = self.env["debt.collection.statement"]._convert(
                    charge, fact.currency
                )
                charges[charge.ground] += amount
            rate = self._foresee_rate(regime, after, term)
            if rate:
                rates[rate.ground] = rate
        day = term.claimable_from
        found = [Announced(ground, day, total) for ground, total in charges.items()]
        return [row for row in found if row.amount] + list(rates.values())

    @api.model
    def _foresee_rate(self, regime, facts, term):
        """The rate of interest to come; unknown or unverified: without a number."""
        try:
            interest = regime._get_interest(facts, term.claimable_from)
        except MissingParameter:
            return Announced(
                self.env._("Late interest, as agreed and as the law allows"),
                facts.due_date,
            )
        if not interest.start:
            return None
        rate = interest.periods[-1] if interest.periods else None
        if not rate or not rate.verified:
            return Announced(rate.ground if rate else "", interest.start)
        return Announced(rate.ground, interest.start, percent=rate.percent)

    def _get_deadline(self, action, matter, term):
        """The last day to pay before the next step; nothing is sent before it.

        :rtype: date
        """
        if matter.kind == "before_due":
            return max(fact.due_date for fact in matter.facts)
        if term:
            return term.last_day
        step = self._get_next_step(action)
        if matter.kind == "formal" or not step:
            return action.date + timedelta(days=self._payment_days)
        next_day = action.date + timedelta(days=max(step.wait, 1))
        base = action.date
        if step.base == "due":
            base = min(fact.due_date for fact in matter.facts)
        next_day = max(next_day, base + timedelta(days=step.delay))
        return max(next_day, action.date + timedelta(days=2)) - timedelta(days=1)

    @api.model
    def _get_next_step(self, action):
        """The step after this one on the ladder, empty at its end."""
        step = action.step_id
        later = step.policy_id.step_ids.filtered(lambda s: s.sequence > step.sequence)
        return later.sorted("sequence")[:1]

    def _get_next_kind(self, action):
        """What follows: ``formal``, ``letter``, or ``legal`` at the ladder's end."""
        step = self._get_next_step(action)
        if action.notice_kind == "formal" or not step:
            return "legal"
        return "formal" if step.notice_kind == "formal" else "letter"

    # === COMPULSORY WORDS === #

    @api.model
    def _check_mentions(self, action, values, body):
        """Refuse a letter that lacks what its regime makes compulsory, by name.

        Each mention stands in the page in an element with its code as
        ``data-mention``; an empty element is no mention.

        :raises UserError: names what is lacking, and what to fill in
        """
        codes = values["mentions"]
        if not codes:
            return
        page = lxml_html.fromstring(body)
        found = {
            node.get("data-mention")
            for node in page.xpath("//*[@data-mention]")
            if node.text_content().strip()
        }
        gaps = [
            self._get_mention_gap(code, values)
            or ("" if code in found else self._get_absent_mention(code))
            for code in codes
        ]
        if any(gaps):
            raise UserError("\n".join(dict.fromkeys(filter(None, gaps))))

    def _get_absent_mention(self, code):
        return self.env._(
            "The letter lacks a compulsory mention: %(mention)s. Put it back in the "
            "template.",
            mention=self._get_mention_labels().get(code, code),
        )

    @api.model
    def _get_mention_labels(self):
        """code of a mention -> its name; extend by `super()`."""
        return {
            "creditor_identity": self.env._("name and number of the creditor"),
            "origin_and_due_date": self.env._(
                "what was delivered, and when it fell due"
            ),
            "balance": self.env._("the balance due"),
            "balance_and_penalty": self.env._(
                "the balance due and the indemnity that will be claimed"
            ),
            "term_before_costs": self.env._("the term to pay before any cost"),
            "interest_and_ground": self.env._("the interest and its ground"),
            "fixed_compensation": self.env._("the fixed compensation"),
            "term_to_pay": self.env._("the term to pay"),
        } | self._get_document_mentions()

    @api.model
    def _get_mention_gap(self, code, values):
        """What nobody entered and the mention needs: a sentence, or empty.

        Override for the mentions of your law; must not write.

        :rtype: str
        """
        company = values["company"]
        if code == "creditor_identity" and not values["company_number"]:
            return self.env._(
                "The letter must name the creditor's number: fill in the Tax ID or "
                "the Company ID of %(company)s.",
                company=company.display_name,
            )
        if code == "origin_and_due_date":
            bare = [move.name for _row, move, text in values["claims"] if not text]
            if bare:
                return self.env._(
                    "The letter must say what was delivered: describe the lines of "
                    "%(invoices)s.",
                    invoices=", ".join(bare),
                )
        return ""

    @api.model
    def _get_dictated_sentence(self, code, day):
        """A sentence whose words the law dictates, in the language of the letter.

        It is a dated row (kind text, key: the language), and a document that needs
        it is not made before a Manager has compared it with the official text.

        :param str code: the parameter
        :param date day: the day of the document
        :raises UserError: the row is missing or not verified
        :rtype: str
        """
        key = (self.env.lang or "en")[:2]
        row = self.env["debt.collection.parameter"]._get_row(
            code, day, self.env.company, key
        )
        if not row.verified:
            raise UserError(
                self.env._(
                    "The sentence %(code)s (%(lang)s) that the law dictates is not "
                    "verified: a Manager compares it with %(origin)s first.",
                    code=code,
                    lang=key,
                    origin=row.source_ref or self.env._("the official text"),
                )
            )
        return row.text

    # === HOW TO PAY === #

    def _get_bank(self, action):
        bank = action.company_id._get_collection_bank()
        if not bank:
            raise UserError(
                self.env._(
                    "%(company)s has no bank account for the debtor to pay to. Add one "
                    "under Accounting, Configuration, then retry.",
                    company=action.company_id.display_name,
                )
            )
        return bank

    def _get_reference(self, action):
        """The structured reference when one invoice is asked, else the case's."""
        moves = action.line_ids.move_line_id.move_id
        if len(moves) == 1:
            return moves.payment_reference or moves.name
        if action.case_id:
            return action.case_id._get_payment_reference()
        names = " ".join(moves.sorted("name").mapped("name"))
        # the longest free text of a transfer
        if len(names) <= FREE_TEXT:
            return names
        return action.partner_id.ref or action.partner_id.display_name

    def _get_qr_code(self, action, statement):
        """The EPC code for exactly the amount due, as a data URI, or False."""
        reference = self._get_reference(action)
        return self._draw_payment_code(action, statement.due, reference)

    def _draw_payment_code(self, record, amount, reference):
        """The EPC code of an amount and a reference, as a data URI, or False.

        :param record: an action or a case
        :param Decimal amount: what the debtor's bank is to propose
        """
        bank, currency = self._get_bank(record), record.currency_id
        if bank._get_error_messages_for_qr("sct_qr", record.partner_id, currency):
            return False
        lines = bank._get_qr_vals(
            "sct_qr", f"{amount:.2f}", currency, record.partner_id, reference, reference
        )
        return letter_pdf.qr_code("\n".join(lines))
