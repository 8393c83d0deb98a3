from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# Days later or sooner than the year before from which there is a trend
TREND = 5
# What is added to the terms of who pays well, and how long they get at most
MORE, MOST = 15, 60
# Percent asked before delivery
DEPOSITS = {"poor": 30, "bad": 100}


class DebtCollectionPortfolioAdvice(models.AbstractModel):
    """What to agree with a customer next time: terms, deposit; where he is heading.

    Proposals from what the ledger says, for people: nothing is changed by them.
    """

    _name = "debt.collection.portfolio.advice"
    _description = "Advice on a customer"

    trend = fields.Selection(
        selection=[("sooner", "Sooner"), ("same", "The same"), ("later", "Later")],
        compute="_compute_trend",
        search="_search_trend",
        help="Against the year before; empty where either year has no invoice.",
    )
    term_days = fields.Integer(
        string="Days to pay",
        compute="_compute_terms",
        help="From the date of an invoice to its due date, on average in a year.",
    )
    term_proposed = fields.Integer(
        string="Proposed days to pay",
        compute="_compute_terms",
        help="Fifteen days more for who pays well, up to sixty; half of them for who "
        "pays very late; none for who hardly pays.",
    )
    deposit_proposed = fields.Integer(
        string="Proposed deposit (%)", compute="_compute_terms"
    )
    term_advice = fields.Char(string="Terms", compute="_compute_term_advice")

    # === COMPUTE METHODS === #

    @api.depends("days_late", "days_late_before", "number_due")
    def _compute_trend(self):
        for row in self:
            row.trend = row._get_trend()

    def _get_trend(self):
        self.ensure_one()
        if not self.number_due or not self.days_late_before:
            return False
        change = self.days_late - self.days_late_before
        if abs(change) < TREND:
            return "same"
        return "later" if change > 0 else "sooner"

    def _search_trend(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["debt.collection.portfolio"].flush_model()
        change = SQL("(days_late - days_late_before)")
        found = {
            "later": SQL("%s >= %s", change, TREND),
            "sooner": SQL("%s <= %s", change, -TREND),
            "same": SQL("abs(%s) < %s", change, TREND),
        }
        known = SQL("number_due > 0 AND days_late_before <> 0")
        wanted = [SQL("%s AND %s", known, found[key]) for key in value if key in found]
        if False in value:
            wanted.append(SQL("NOT (%s)", known))
        return [
            (
                "id",
                "in",
                SQL(
                    "(SELECT id FROM debt_collection_portfolio WHERE %s)",
                    SQL(" OR ").join(wanted) if wanted else SQL("FALSE"),
                ),
            )
        ]

    @api.depends("risk")
    def _compute_terms(self):
        agreed = self._read_terms()
        for row in self:
            days = agreed.get((row.company_id.id, row.partner_id.id), 0)
            row.term_days = days
            row.term_proposed = row._propose_term(days)
            row.deposit_proposed = DEPOSITS.get(row.risk, 0)

    def _propose_term(self, days):
        """The days to pay to agree next, for who has so many now."""
        proposed = {"good": max(days, min(days + MORE, MOST)), "poor": days // 2}
        return 0 if self.risk == "bad" else proposed.get(self.risk, days)

    def _read_terms(self):
        """(company, debtor) ids -> days from invoice to due date in the last year."""
        self.env.flush_all()
        found = {}
        for company, rows in self.grouped("company_id").items():
            answers = self.env.execute_query(
                SQL(
                    """SELECT commercial_partner_id,
                              round(avg(invoice_date_due - invoice_date))::int
                         FROM account_move
                        WHERE company_id = %s AND commercial_partner_id = ANY(%s)
                          AND move_type IN ('out_invoice', 'out_receipt')
                          AND state = 'posted' AND is_collection_charge IS NOT TRUE
                          AND invoice_date > %s AND invoice_date_due >= invoice_date
                        GROUP BY commercial_partner_id""",
                    company.id,
                    rows.partner_id.ids,
                    company._get_collection_today() - timedelta(days=365),
                )
            )
            found |= {(company.id, partner): days for partner, days in answers}
        return found

    @api.depends("risk", "term_days", "term_proposed", "deposit_proposed")
    @api.depends_context("lang")
    def _compute_term_advice(self):
        for row in self:
            words = []
            if row.risk == "bad":
                words.append(self.env._("Agree payment in advance."))
            elif row.term_proposed < row.term_days:
                words.append(
                    self.env._(
                        "Shorten the terms from %(days)s to %(proposed)s days.",
                        days=row.term_days,
                        proposed=row.term_proposed,
                    )
                )
            elif row.term_proposed > row.term_days:
                words.append(
                    self.env._(
                        "The terms can grow from %(days)s to %(proposed)s days.",
                        days=row.term_days,
                        proposed=row.term_proposed,
                    )
                )
            if row.risk == "poor":
                words.append(
                    self.env._(
                        "Ask for %(percent)s %% before delivery.",
                        percent=row.deposit_proposed,
                    )
                )
            row.term_advice = " ".join(words)
