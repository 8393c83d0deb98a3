from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """The work list is read from the portfolios now: rank every debtor once."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for company in env["res.company"].search([]):
        day = company._get_collection_today()
        env["debt.collection.portfolio"]._rank(company, day)
