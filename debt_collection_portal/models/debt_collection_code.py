import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, consteq, email_normalize
from odoo.tools.misc import hmac

# Typed on a phone from a mail; guessed with a chance of tries in a million
DIGITS = 6
MINUTES = 15
MAX_TRIES = 5
# Codes that may be asked for on one debtor in an hour, from wherever
MAX_CODES = 5
KEPT_DAYS = 7


class DebtCollectionCode(models.Model):
    """A code sent to an address on file: who shows it is the debtor himself.

    Who holds a letter may be anybody at the debtor's. What binds him, and what is more
    than the letter's own matter, asks for a code. It goes to an address that stands in
    the books, never to one that was typed on the page. The table keeps a keyed digest,
    bound to the row, and the row's number is in the session of the browser that asked.
    """

    _name = "debt.collection.code"
    _description = "Code of a debtor"
    _order = "id desc"

    account_id = fields.Many2one(
        comodel_name="debt.collection.account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    email = fields.Char(required=True, readonly=True)
    lang = fields.Char(readonly=True)
    code_hash = fields.Char(readonly=True, groups=".")  # the system's alone
    expires_on = fields.Datetime(required=True, readonly=True)
    tries = fields.Integer(default=0, required=True, readonly=True)
    used_on = fields.Datetime(readonly=True)

    # === ADDRESSES === #

    @api.model
    def _get_addresses(self, account):
        """Where a code may go: the debtor's addresses on file, oldest first.

        Never one that somebody asked for on the page without being known, even where
        a colleague took it over since.

        :rtype: list[str]
        """
        debtor = account.partner_id
        people = debtor | debtor._get_collection_recipient()
        found = dict.fromkeys(filter(None, people.mapped("email_normalized")))
        asked = self.env["debt.collection.correction"]._read_addresses(account)
        return [address for address in found if address not in asked]

    @api.model
    def _mask(self, address):
        """What the page shows of an address: enough for its owner, for no other.

        :rtype: str
        """
        name, _at, domain = address.partition("@")
        host, dot, end = domain.rpartition(".")
        return f"{name[:1]}•••@{host[:1]}•••{dot}{end}"

    # === SENDING === #

    @api.model
    def _send(self, account, index, lang, now):
        """Send a code to one of the addresses on file.

        :param int index: which one of `_get_addresses`
        :param str lang: of the page
        :raises UserError: no such address, or too many codes in an hour
        :rtype: debt.collection.code
        """
        addresses = self._get_addresses(account)
        if not 0 <= index < len(addresses):
            raise UserError(
                self.env._("We have no e-mail address of you: please call or write.")
            )
        failures_sudo = self.env["debt.collection.link.failure"].sudo()  # the system's
        source = f"codes,{account.id}"
        if failures_sudo._is_blocked(source, now, MAX_CODES):
            raise UserError(
                self.env._("Too many codes were sent: please try again in an hour.")
            )
        failures_sudo._add(source, now)
        number = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        code = self.create(
            {
                "account_id": account.id,
                "email": email_normalize(addresses[index]),
                "lang": lang,
                "expires_on": now + timedelta(minutes=MINUTES),
            }
        )
        code.code_hash = code._get_hash(number)
        code._mail(number)
        return code

    def _get_hash(self, number):
        self.ensure_one()
        env_sudo = self.env(su=True)  # the database secret is the system's
        return hmac(env_sudo, self._name, (self.id, number))

    def _mail(self, number):
        """One mail with the code, at once; it leaves no copy."""
        self.ensure_one()
        template = self.env.ref("debt_collection_portal.mail_template_code")
        template = template.with_context(lang=self.lang, collection_code=number)
        mail = self.env["mail.mail"].browse(template.send_mail(self.id))
        mail.send(raise_exception=False)

    # === CHECKING === #

    def _check(self, number, now):
        """Whether it is the code; each try counts, the right one is used up.

        :param str number: as typed
        :rtype: bool
        """
        self.ensure_one()
        if not self._count_try(now):
            return False
        typed = "".join(filter(str.isdigit, number or ""))
        if not consteq(self.code_hash, self._get_hash(typed)):
            return False
        self.used_on = now
        return True

    def _count_try(self, now):
        """Count one try; whether there was one left, whoever tries at once."""
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """UPDATE debt_collection_code SET tries = tries + 1
                    WHERE id = %s AND tries < %s AND used_on IS NULL
                      AND expires_on > %s RETURNING id""",
                self.id,
                MAX_TRIES,
                now,
            )
        )
        self.invalidate_recordset(["tries"])
        return bool(rows)

    @api.autovacuum
    def _gc_codes(self):
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.search([("expires_on", "<", limit)]).unlink()
