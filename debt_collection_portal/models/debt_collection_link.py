import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import hmac

from ..tools import hash_token, hide_tokens, make_token
from .debt_collection_page import Matter

# Read and written by the system alone, whoever asks
SYSTEM_ONLY = "."


class DebtCollectionLink(models.Model):
    """A revocable, expiring way in: for whoever holds one letter, or for one partner.

    A link of a letter opens the debtor's page, one of an assignment the partner's
    room. Neither door takes the links of the other.

    What is stored is the SHA-256 of the token, to find the link, and a salt. The
    token itself is the keyed digest (HMAC with the database secret) of action and
    salt: the letter, its mail and a later attempt on another channel all carry the
    same working URL although the clear text is kept nowhere in this table. A token
    drawn at random and forgotten would leave a mail sent again after a failure
    without the URL that its frozen PDF shows. Who can read this table only (a list,
    an export, a leaked dump of it) gets in nowhere; who has the whole database also
    has the letters and the mails, where the URL stands anyhow.
    """

    _name = "debt.collection.link"
    _description = "Debtor's link"
    _order = "id desc"
    _rec_name = "action_id"
    _check_company_auto = True

    action_id = fields.Many2one(
        comodel_name="debt.collection.action",
        string="Letter",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    assignment_id = fields.Many2one(
        comodel_name="debt.collection.assignment",
        string="Case of a partner",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    # of the letter alone: closing a case shuts the doors of the debtor
    case_id = fields.Many2one(
        related="action_id.case_id", store=True, index="btree_not_null"
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        index=True,
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="For", compute="_compute_partner_id"
    )
    salt = fields.Char(required=True, readonly=True, copy=False, groups=SYSTEM_ONLY)
    token_hash = fields.Char(
        required=True, readonly=True, copy=False, groups=SYSTEM_ONLY
    )
    expires_on = fields.Datetime(string="Ends", required=True, readonly=True)
    revoked_on = fields.Datetime(string="Revoked", readonly=True, copy=False)
    last_used = fields.Datetime(readonly=True, copy=False)
    use_count = fields.Integer(string="Times opened", readonly=True, copy=False)
    date_logged = fields.Date(
        readonly=True, copy=False, help="The last day that stands in the case's log."
    )
    state = fields.Selection(
        selection=[("live", "Works"), ("expired", "Ended"), ("revoked", "Revoked")],
        compute="_compute_state",
    )

    _token_unique = models.UniqueIndex("(token_hash)", "Two links share a token.")
    _action_unique = models.UniqueIndex(
        "(action_id) WHERE revoked_on IS NULL", "A letter has one link."
    )
    _assignment_unique = models.UniqueIndex(
        "(assignment_id) WHERE revoked_on IS NULL",
        "A partner has one link to a case.",
    )
    _one_door = models.Constraint(
        "CHECK (num_nonnulls(action_id, assignment_id) = 1)",
        "A link is that of a letter or that of a partner.",
    )

    # === COMPUTE METHODS === #

    @api.depends("action_id.company_id", "assignment_id.company_id")
    def _compute_company_id(self):
        for link in self:
            link.company_id = link.action_id.company_id or link.assignment_id.company_id

    @api.depends("action_id.partner_id", "assignment_id.partner_id")
    def _compute_partner_id(self):
        for link in self:
            link.partner_id = link.action_id.partner_id or link.assignment_id.partner_id

    @api.depends("expires_on", "revoked_on")
    def _compute_state(self):
        now = fields.Datetime.now()
        for link in self:
            ended = "expired" if link.expires_on and link.expires_on <= now else "live"
            link.state = "revoked" if link.revoked_on else ended

    # === ACTION METHODS === #

    def action_revoke(self):
        """Shut the links; who holds them sees the same as with a wrong one."""
        self.check_access("read")
        self._revoke(fields.Datetime.now())

    # === ISSUING === #

    @api.model
    def _issue(self, actions):
        """Give each letter a link, where it has none that works.

        :param debt.collection.action actions: the letters about to be frozen
        """
        now = fields.Datetime.now()
        links_sudo = self.sudo()  # letters are sent by people who may not write links
        missing = actions - links_sudo._get_live(actions, now).action_id
        if not missing:
            return
        links_sudo.search(
            [("action_id", "in", missing.ids), ("revoked_on", "=", False)]
        )._revoke(now)
        links_sudo.create([self._prepare_link_vals(each, now) for each in missing])

    @api.model
    def _prepare_link_vals(self, action, now):
        salt = secrets.token_hex(16)  # a later link of the same letter differs
        return {
            "action_id": action.id,
            "salt": salt,
            "token_hash": hash_token(self._get_token(action, salt)),
            "expires_on": now
            + timedelta(days=action.company_id.debt_collection_link_days),
        }

    @api.model
    def _get_token(self, action, salt):
        env_sudo = self.env(su=True)  # the database secret is the system's
        return make_token(hmac(env_sudo, self._name, (action.id, salt)))

    def _get_url(self):
        """Where the debtor gets in. Never log it, never post it in a chatter."""
        self.ensure_one()
        token = self._get_token(self.action_id, self.salt)
        return f"{self.action_id.get_base_url()}/collect/{token}"

    # === THE PARTNER'S DOOR === #

    @api.model
    def _issue_room(self, assignment):
        """The URL of a partner's link to his case; an earlier one ends.

        :param debt.collection.assignment assignment: handed over
        :rtype: str
        """
        now = fields.Datetime.now()
        links_sudo = self.sudo()  # collectors may not write links
        links_sudo.search(
            [("assignment_id", "=", assignment.id), ("revoked_on", "=", False)]
        )._revoke(now)
        salt = secrets.token_hex(16)
        token = self._get_room_token(assignment, salt)
        days = assignment.company_id.debt_collection_link_days
        links_sudo.create(
            {
                "assignment_id": assignment.id,
                "salt": salt,
                "token_hash": hash_token(token),
                "expires_on": now + timedelta(days=days),
            }
        )
        return f"{assignment.get_base_url()}/room/{token}"

    @api.model
    def _get_room_token(self, assignment, salt):
        env_sudo = self.env(su=True)  # the database secret is the system's
        return make_token(hmac(env_sudo, self._name, ("room", assignment.id, salt)))

    @api.model
    def _find_room(self, token, now):
        """The partner's link of a token; empty for any that is not one, or ended."""
        domain = self._get_room_domain(now)
        return self.search(domain & Domain("token_hash", "=", hash_token(token)))

    @api.model
    def _get_room_domain(self, now):
        return Domain("assignment_id", "!=", False) & self._get_open_domain(now)

    # === FINDING === #

    @api.model
    def _get_open_domain(self, now):
        return Domain("revoked_on", "=", False) & Domain("expires_on", ">", now)

    @api.model
    def _get_live_domain(self, now):
        """The links that open the debtor's page; those of partners never do."""
        return Domain("action_id", "!=", False) & self._get_open_domain(now)

    @api.model
    def _get_live(self, actions, now):
        return self.search(
            self._get_live_domain(now) & Domain("action_id", "in", actions.ids)
        )

    def _is_live(self, now):
        """Whether it opens the debtor's page; as the domain of the live ones."""
        self.ensure_one()
        return bool(self.action_id and not self.revoked_on and self.expires_on > now)

    @api.model
    def _find(self, token, now):
        """The link of a token, empty for a wrong, an expired and a revoked one alike.

        One digest and one query, whatever comes in. The hash is looked up by an
        index: what its timing could tell is about hashes, which nobody can aim.
        """
        return self.search(
            self._get_live_domain(now) & Domain("token_hash", "=", hash_token(token))
        )

    # === LIFE === #

    def _revoke(self, now):
        live_sudo = self.sudo().filtered(  # closing a case needs no right on links
            lambda link: not link.revoked_on
        )
        live_sudo.write({"revoked_on": now})
        live_sudo.flush_recordset(["revoked_on"])  # before a new link of the letter

    def _record_use(self, now):
        """Count one opening; the first of a day enters the log of the case."""
        self.ensure_one()
        # A second tab of the same debtor counts itself: nothing waits for a number.
        link = self.try_lock_for_update(allow_referencing=True)
        if not link:
            return
        day = link.company_id._get_collection_day(now)
        is_first = link.date_logged != day
        link.write(
            {"last_used": now, "use_count": link.use_count + 1, "date_logged": day}
        )
        case = link._get_case()
        if is_first and case:
            case._log_event("opened_by_debtor", link._prepare_opened_event(day))

    def _prepare_opened_event(self, day):
        self.ensure_one()
        action = self.action_id
        return {
            "day": str(day),
            "letter": action._get_name(),
            "dated": str(action.date),
        }

    # === THE MATTER === #

    def _get_case(self):
        """The case of the letter: its own, else the one that its items are on now."""
        self.ensure_one()
        case = self.action_id.case_id
        if case and not case.date_closed:
            return case
        items = self.action_id.line_ids.move_line_id
        claims = items.debt_collection_claim_ids.filtered("is_open")
        found = claims.case_id
        # what was paid meanwhile came on no case
        unpaid = items.filtered(lambda item: not item.reconciled)
        is_whole = unpaid <= claims.move_line_id and len(found) == 1
        return found if is_whole else case

    def _get_matter(self):
        """What the page of this link is about.

        :rtype: Matter
        """
        self.ensure_one()
        case = self._get_case()
        if case:
            matter = case._get_matter()
            return matter._replace(letters=matter.letters | self.action_id)
        return Matter(
            self.action_id.account_id,
            case,
            self.action_id.line_ids.move_line_id,
            self.action_id,
        )

    # === START-UP === #

    @api.model
    def _register_hook(self):
        super()._register_hook()
        hide_tokens()
