from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..tools.facts import Blocker
from ..tools.tabular import normal_name, normal_number, parse_day
from .debt_collection_import import BadRow

# From the best to the worst; the first is the only one that lets money be spent
# without asking.
FINDINGS = [
    ("solvent", "Solvent"),
    ("doubtful", "Doubtful"),
    ("insolvent", "Insolvent"),
    ("debt_settlement", "Collective settlement of debts"),
    ("reorganisation", "Judicial reorganisation"),
    ("bankrupt", "Bankrupt"),
]
SEVERITY = {finding: rank for rank, (finding, _label) in enumerate(FINDINGS)}
# Every creditor is served together, under a court: nobody collects on his own
COLLECTIVE = ("debt_settlement", "reorganisation", "bankrupt")
ORIGINS = [
    ("manual", "Entered by hand"),
    ("import", "Imported"),
    ("notice", "Notice of insolvency"),
    ("service", "Data service"),
    ("behaviour", "Own payment history"),
]
# What was found, by whom and when, is evidence: a correction is a new row
FACTS = {"partner_id", "company_id", "date", "source", "origin", "finding"}


class DebtCollectionSolvencyCheck(models.Model):
    """What was found about a debtor's means on a day, by whom, for how long.

    Shared by nothing: each creditor has his own findings about a debtor. A row is
    never changed: a newer one replaces it, a wrong one is annulled with a reason.
    """

    _name = "debt.collection.solvency.check"
    _description = "Solvency check"
    _inherit = ["debt.collection.lock", "mail.thread"]
    _is_made_by_hand = True
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Debtor",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    date = fields.Date(
        string="Found on",
        required=True,
        default=lambda self: self.env.company._get_collection_today(),
    )
    source = fields.Char(required=True, help="Who says so: a register, a service, you.")
    origin = fields.Selection(
        selection=ORIGINS, required=True, readonly=True, default="manual"
    )
    reference = fields.Char(
        help="Of the notice or the report, as its source writes it."
    )
    finding = fields.Selection(selection=FINDINGS, required=True, tracking=True)
    note = fields.Text(string="Reasons")
    date_valid_until = fields.Date(
        string="Valid until",
        compute="_compute_date_valid_until",
        store=True,
        readonly=False,
        precompute=True,
        help="Last day it counts; empty: until something else is found.",
    )
    document = fields.Binary(attachment=True)
    document_name = fields.Char(export_string_translation=False)
    state = fields.Selection(
        selection=[
            ("to_confirm", "To confirm"),
            ("valid", "Counts"),
            ("void", "Annulled"),
        ],
        required=True,
        readonly=True,
        default="valid",
        tracking=True,
        help="Found by a name and a post code only: somebody has to say that it is "
        "this debtor.",
    )
    void_reason = fields.Char(string="Why annulled")

    _notice_unique = models.UniqueIndex(
        "(company_id, partner_id, source, reference) WHERE reference IS NOT NULL",
        "This notice is recorded for the debtor already.",
    )
    _latest_idx = models.Index("(partner_id, company_id, date) WHERE state = 'valid'")

    # === COMPUTE METHODS === #

    @api.depends("finding", "date", "company_id")
    def _compute_date_valid_until(self):
        for check in self:
            days = check.company_id.debt_collection_solvency_days
            lasts = check.finding in COLLECTIVE or not days or not check.date
            check.date_valid_until = (
                False if lasts else check.date + timedelta(days=days)
            )

    @api.depends("partner_id", "date", "finding")
    def _compute_display_name(self):
        labels = dict(self._fields["finding"]._description_selection(self.env))
        for check in self:
            parts = (labels.get(check.finding), check.partner_id.name, check.date)
            check.display_name = ", ".join(str(part) for part in parts if part)

    # === CONSTRAINT METHODS === #

    @api.constrains("date", "date_valid_until")
    def _check_dates(self):
        for check in self:
            if check.date_valid_until and check.date_valid_until < check.date:
                raise ValidationError(
                    self.env._("A finding cannot end before the day it was made.")
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        Partner = self.env["res.partner"]
        for vals in vals_list:
            partner = Partner.browse(vals.get("partner_id"))
            vals["partner_id"] = partner.commercial_partner_id.id
            vals["reference"] = vals.get("reference") or False
        checks = super().create(vals_list)
        checks._tell()
        return checks

    def write(self, vals):
        if FACTS & vals.keys() and not self.env.su:
            raise UserError(
                self.env._(
                    "What was found is evidence: record a new check, or annul this "
                    "one with a reason."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(
            self.env._("A solvency check is evidence: annul it instead of deleting it.")
        )

    # === ACTION METHODS === #

    def action_confirm(self):
        """It is this debtor: from now on the finding counts."""
        self.check_access("write")
        found = self.filtered(lambda check: check.state == "to_confirm")
        found.write({"state": "valid"})
        found._tell()

    def action_void(self):
        """A mistake, or not this debtor: the finding no longer counts.

        :raises UserError: it counted, and nobody said why it should not
        """
        self.check_access("write")
        for check in self.filtered(lambda check: check.state != "void"):
            reason = (check.void_reason or "").strip()
            if check.state == "to_confirm":
                reason = reason or self.env._("it is not this debtor")
            if not reason:
                raise UserError(
                    self.env._("Fill in “Why annulled” first: it is kept as evidence.")
                )
            check._void(reason)

    # === BUSINESS METHODS === #

    def _void(self, reason):
        """Annul findings; what they stopped may go on.

        :param str reason: why, kept with the row and in the log of the cases
        """
        found = self.filtered(lambda check: check.state != "void")
        found.write({"state": "void", "void_reason": reason})
        found._log_on_cases("solvency_void", lambda check: {"reason": reason})
        found._get_cases().account_id._mark_stale()
        return found

    def _tell(self):
        """Findings that count reach the log of the debtor's cases, and stop them."""
        counting = self.filtered(lambda check: check.state == "valid")
        counting._log_on_cases("solvency", lambda check: {})
        counting._get_cases().account_id._mark_stale()
        bad = counting.filtered(lambda check: check._get_severity())
        bad._get_cases()._ask_decision(
            self.env._("The debtor may not be able to pay: stop, or go on?")
        )

    def _log_on_cases(self, kind, get_data):
        """One event for each open case of each finding's debtor.

        :param callable get_data: what to add, for one check
        """
        cases = self._get_cases().grouped(lambda c: (c.partner_id, c.company_id))
        self.env["debt.collection.event"]._log(
            [
                (case, kind, {**check._prepare_event(), **get_data(check)})
                for check in self
                for case in cases.get((check.partner_id, check.company_id), ())
            ]
        )

    def _prepare_event(self):
        self.ensure_one()
        return {
            "finding": self.finding,
            "source": self.source,
            "day": str(self.date),
            "reference": self.reference or "",
        }

    def _get_cases(self):
        """The open cases of the debtors of these checks, in their companies."""
        if not self:
            return self.env["debt.collection.case"]
        cases = self.env["debt.collection.case"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("phase", "!=", "closed"),
            ]
        )
        pairs = {(check.partner_id, check.company_id) for check in self}
        return cases.filtered(lambda c: (c.partner_id, c.company_id) in pairs)

    def _get_severity(self):
        """How bad it is: 0 is solvent, and so is no finding at all.

        :rtype: int
        """
        return SEVERITY[self.finding] if self else 0

    def _is_collective(self):
        """Whether a procedure for all creditors together forbids to go on alone."""
        return bool(self) and self.finding in COLLECTIVE

    @api.model
    def _read_latest(self, debtors, company, day):
        """The finding that counts for each debtor on a day, in one query.

        The latest of those that are valid; the own payment history never outweighs
        what a register, a service or a person found.

        :param res.partner debtors: commercial partners
        :rtype: dict[int, debt.collection.solvency.check]
        """
        checks = self.search(
            [
                ("partner_id", "in", debtors.ids),
                ("company_id", "=", company.id),
                ("state", "=", "valid"),
                ("date", "<=", day),
                "|",
                ("date_valid_until", "=", False),
                ("date_valid_until", ">=", day),
            ],
            order="date, id",
        )
        ranked = checks.sorted(lambda check: check.origin != "behaviour")
        return {check.partner_id.id: check for check in ranked}

    # === RESTS OF THE CLOCK === #

    @api.model
    def _read_rests(self, accounts, day):
        """Accounts that rest because of a finding, see `debt.collection.run`.

        :param debt.collection.account accounts: of one company
        :rtype: dict[tuple[str, int], list[Blocker]]
        """
        rests = {}
        for company, group in accounts.grouped("company_id").items():
            latest = self._read_latest(group.partner_id, company, day)
            for account in group:
                check = latest.get(account.partner_id.id)
                if check and check._stops_letters(account, day):
                    params = (("source", check.source), ("day", str(check.date)))
                    kind = "collective" if check._is_collective() else "insolvent"
                    blocker = Blocker(f"means_{kind}", params)
                    rests["account", account.id] = [blocker]
        return rests

    def _stops_letters(self, account, day):
        """Whether no letter leaves: insolvent and nobody took the risk, or a court
        serves all creditors together."""
        self.ensure_one()
        if self.finding == "doubtful" or not self._get_severity():
            return False
        accepted = account.case_ids.filtered(
            lambda case: not case.date_closed and case._accepts_risk(self)
        )
        return self._is_collective() or not accepted

    # === IMPORT === #

    @api.model
    def _import_prepare(self, rows, intake):
        """What the rows of a file become; see `debt.collection.import`."""
        debtors = self._read_debtors(intake.company_id)
        known = self._read_known(debtors, intake)
        for row in rows:
            try:
                vals = self._prepare_imported(row, debtors, intake)
            except BadRow as error:
                yield row, error
                continue
            key = self._get_import_key(vals) if vals else None
            is_known = key in known
            known.update([key] if vals else ())
            yield row, None if is_known else vals

    @api.model
    def _read_debtors(self, company):
        """Everybody who has an account with the company, by what a file may name.

        :return: ("number" | "ref" | "name", text) -> partner id
        :rtype: dict[tuple, int]
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT p.id, p.vat, p.company_registry, p.ref, p.name, p.zip
                     FROM res_partner p
                    WHERE p.active AND EXISTS (
                          SELECT FROM debt_collection_account a
                           WHERE a.partner_id = p.id AND a.company_id = %s)
                    ORDER BY p.id DESC""",
                company.id,
            )
        )
        found = {}
        for key, vat, registry, ref, name, zip_code in rows:
            for number in filter(None, map(normal_number, (vat or "", registry or ""))):
                found["number", number] = key
            if ref:
                found["ref", ref.strip()] = key
            if zip_code:
                found["name", normal_name(name or ""), zip_code.strip()] = key
        return found

    @api.model
    def _read_known(self, debtors, intake):
        checks = self.search(
            [
                ("company_id", "=", intake.company_id.id),
                ("partner_id", "in", list(set(debtors.values()))),
            ]
        )
        return {
            self._get_import_key(
                {
                    "partner_id": check.partner_id.id,
                    "source": check.source,
                    "reference": check.reference,
                    "date": check.date,
                    "finding": check.finding,
                }
            )
            for check in checks
        }

    @api.model
    def _get_import_key(self, vals):
        """What makes two lines one finding: the number of a notice, else all of it."""
        base = (vals["partner_id"], vals["source"])
        if vals["reference"]:
            return (*base, vals["reference"])
        return (*base, vals["date"], vals["finding"])

    @api.model
    def _prepare_imported(self, row, debtors, intake):
        """The values of one finding; none when it concerns nobody who owes us.

        :raises BadRow: something in the line is missing or unknown
        """
        debtor_id, is_sure = self._match(row, debtors)
        if not debtor_id and intake.kind == "notice":
            return {}
        if not debtor_id:
            raise BadRow(
                self.env._(
                    "No debtor has this number, reference, or name and post code."
                )
            )
        source = row.get("source") or intake.source
        if not source:
            raise BadRow(self.env._("Nobody is named as the source of the finding."))
        return {
            "partner_id": debtor_id,
            "company_id": intake.company_id.id,
            "origin": "notice" if intake.kind == "notice" else "import",
            "source": source,
            "reference": row.get("reference") or False,
            "date": self._read_import_day(row, "date"),
            "finding": self._read_finding(row),
            "note": row.get("note") or False,
            "state": "valid" if is_sure else "to_confirm",
            **self._read_validity(row),
        }

    @api.model
    def _match(self, row, debtors):
        """(debtor id or None, whether it is surely he) for one line."""
        if number := normal_number(row.get("number", "vat")):
            if found := debtors.get(("number", number)):
                return found, True
        if found := debtors.get(("ref", row.get("debtor", "ref"))):
            return found, True
        name, zip_code = normal_name(row.get("name")), row.get("zip")
        return (name and zip_code and debtors.get(("name", name, zip_code))), False

    @api.model
    def _read_finding(self, row):
        finding = row.get("finding", "kind").lower().replace(" ", "_")
        if finding not in SEVERITY:
            raise BadRow(
                self.env._(
                    "Unknown finding “%(finding)s”; known are: %(known)s.",
                    finding=row.get("finding", "kind"),
                    known=", ".join(SEVERITY),
                )
            )
        return finding

    @api.model
    def _read_import_day(self, row, name):
        day = parse_day(row.get(name))
        if not day:
            raise BadRow(
                self.env._(
                    "“%(text)s” is no date (column “%(column)s”).",
                    text=row.get(name),
                    column=name,
                )
            )
        return day

    @api.model
    def _read_validity(self, row):
        if not row.get("valid_until"):
            return {}
        return {"date_valid_until": self._read_import_day(row, "valid_until")}

    @api.model
    def _import_make(self, vals_list):
        """Create the findings of a file; those to confirm ask a person."""
        checks = self.create(vals_list)
        unsure = checks.filtered(lambda check: check.state == "to_confirm")
        unsure._get_cases()._ask_decision(
            self.env._("Is the notice of insolvency about this debtor?")
        )
