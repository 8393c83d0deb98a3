from odoo import SUPERUSER_ID, api

from odoo.addons.debt_collection_be_legal.hooks import post_init_hook


def migrate(cr, version):
    """Natural persons with a number count as enterprises, as in a new installation."""
    if version:
        post_init_hook(api.Environment(cr, SUPERUSER_ID, {}))
