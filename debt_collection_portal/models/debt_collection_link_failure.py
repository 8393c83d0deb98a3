from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import hmac

# Wrong links that one address may try in an hour: a person mistypes a few times, and
# 128 bits are out of reach at any speed. This keeps the noise and the load down.
MAX_FAILURES = 30
KEPT_HOURS = 24


class DebtCollectionLinkFailure(models.Model):
    """Wrong links tried from one address in one hour; the address as a digest.

    Wrong codes, codes asked for and forms sent are counted in the same way.
    """

    _name = "debt.collection.link.failure"
    _description = "Wrong links tried"
    _order = "hour desc, id desc"

    source = fields.Char(required=True, readonly=True)
    hour = fields.Datetime(required=True, readonly=True)
    tries = fields.Integer(required=True, readonly=True)

    _source_unique = models.UniqueIndex(
        "(source, hour)", "One row an address and hour."
    )

    # === BUSINESS METHODS === #

    @api.model
    def _get_source(self, address):
        env_sudo = self.env(su=True)  # the database secret is the system's
        return hmac(env_sudo, self._name, address or "")

    @api.model
    def _is_blocked(self, address, now, limit=MAX_FAILURES):
        """Whether the address has tried too many wrong links this hour.

        :param str address: of the client, or another name of what is counted
        :param datetime now: naive UTC
        :param int limit: how many are too many
        """
        found = self.search_count(
            [
                ("source", "=", self._get_source(address)),
                ("hour", "=", self._get_hour(now)),
                ("tries", ">=", limit),
            ]
        )
        return bool(found)

    @api.model
    def _add(self, address, now):
        """Count one wrong link of the address."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO debt_collection_link_failure (source, hour, tries)
                   VALUES (%s, %s, 1) ON CONFLICT (source, hour)
                   DO UPDATE SET tries = debt_collection_link_failure.tries + 1""",
                self._get_source(address),
                self._get_hour(now),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _get_hour(self, now):
        return now.replace(minute=0, second=0, microsecond=0)

    @api.autovacuum
    def _gc_failures(self):
        limit = fields.Datetime.now() - timedelta(hours=KEPT_HOURS)
        self.search([("hour", "<", limit)]).unlink()
