from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# debtors rechecked between two commits
BATCH = 500


class DebtCollectionSolvencyWatch(models.AbstractModel):
    """The watch list: debtors who owe much are looked up again on a rhythm."""

    _name = "debt.collection.solvency.watch"
    _description = "Watch list"

    @api.model
    def _watch(self, company, day):
        """Recheck the debtors of a company whose turn it is.

        :return: the debtors whose finding got worse
        :rtype: res.partner
        """
        debtors = self.env["res.partner"].browse(self._get_due(company, day))
        if not debtors:
            return debtors
        before = self._get_severities(debtors, company, day)
        self._read_sources(debtors, company, day)
        self.env["debt.collection.behaviour"]._make_checks(debtors, company, day)
        self._mark(debtors, company, day)
        after = self._get_severities(debtors, company, day)
        worse = debtors.filtered(lambda d: after[d.id] > before[d.id])
        self._warn(worse, company)
        return worse

    @api.model
    def _get_due(self, company, day, limit=BATCH):
        """Ids of debtors who owe at least the exposure and were not looked up lately.

        Those looked up longest ago come first.
        """
        if not company.debt_collection_watch_exposure:
            return []
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT p.commercial_partner_id
                     FROM account_move_line l
                     JOIN account_account t ON t.id = l.account_id
                     JOIN res_partner p ON p.id = l.partner_id
                     JOIN (SELECT partner_id, min(date_watched) AS watched,
                                  bool_or(date_watched IS NULL) AS is_new
                             FROM debt_collection_account WHERE company_id = %(company)s
                            GROUP BY partner_id) a
                       ON a.partner_id = p.commercial_partner_id
                    WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
                      AND l.reconciled IS NOT TRUE
                      AND t.account_type = 'asset_receivable'
                      AND (a.is_new OR a.watched <= %(before)s)
                    GROUP BY p.commercial_partner_id
                   HAVING sum(l.amount_residual) >= %(exposure)s
                    ORDER BY min(a.watched) NULLS FIRST, p.commercial_partner_id
                    LIMIT %(limit)s""",
                company=company.id,
                before=day - timedelta(days=company.debt_collection_watch_days),
                exposure=company.debt_collection_watch_exposure,
                limit=limit,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _get_severities(self, debtors, company, day):
        Check = self.env["debt.collection.solvency.check"]
        latest = Check._read_latest(debtors, company, day)
        return {key: latest.get(key, Check)._get_severity() for key in debtors.ids}

    @api.model
    def _read_sources(self, debtors, company, day):
        """Ask every source of the company; one that fails stops no other."""
        sources = self.env["debt.collection.solvency.source"].search(
            [("company_id", "=", company.id)]
        )
        for source in sources:
            try:
                with self.env.cr.savepoint():
                    source._read(debtors, day)
            except (UserError, OSError) as error:
                source.last_error = str(error)

    @api.model
    def _mark(self, debtors, company, day):
        self.env["debt.collection.account"].search(
            [("company_id", "=", company.id), ("partner_id", "in", debtors.ids)]
        ).write({"date_watched": day})

    @api.model
    def _warn(self, debtors, company):
        """Tell whoever works the debtor's cases that his means got worse."""
        cases = self.env["debt.collection.case"].search(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", debtors.ids),
                ("phase", "!=", "closed"),
            ]
        )
        cases._ask_decision(self.env._("The debtor's means got worse"))
