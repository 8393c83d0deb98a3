import hashlib
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

KEPT_DAYS = 7


class DebtCollectionSubmission(models.Model):
    """Forms that were taken: the same one is never taken twice."""

    _name = "debt.collection.submission"
    _description = "Form that a debtor sent"

    digest = fields.Char(required=True, readonly=True)

    _digest_unique = models.UniqueIndex("(digest)", "A form is taken once.")

    # === BUSINESS METHODS === #

    @api.model
    def _make(self):
        """A mark for the forms of a page that is shown.

        :rtype: str
        """
        return secrets.token_urlsafe(12)

    @api.model
    def _take(self, place, mark):
        """Whether the form is new. A form without a mark always is: it only asks.

        :param str place: the address of the page
        :param str mark: what `_make` gave it
        """
        if not mark:
            return True
        digest = hashlib.sha256(f"{place}\n{mark}".encode()).hexdigest()
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO debt_collection_submission (digest, create_date)
                   VALUES (%s, %s) ON CONFLICT (digest) DO NOTHING RETURNING id""",
                digest,
                fields.Datetime.now(),
            )
        )
        return bool(rows)

    @api.autovacuum
    def _gc_submissions(self):
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.search([("create_date", "<", limit)]).unlink()
