from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL, format_amount
from odoo.tools.misc import format_datetime

COLLECTOR = "debt_collection.debt_collection_group_collector"
APPROVER = "debt_collection.debt_collection_group_approver"


class Found(NamedTuple):
    """What a look at a step found: whether it is done, and why (not), in a sentence."""

    is_done: bool
    why: str


class DebtCollectionOnboardingCheck(models.AbstractModel):
    """Whether each of the first steps is done, asked anew of what is there.

    One method a step; each answers a `Found` and writes nothing.
    """

    _name = "debt.collection.onboarding.check"
    _description = "What the first steps look at"

    @api.model
    def _check_creditor(self):
        company = self.env.company
        wanted = {
            self.env._("street"): company.street,
            self.env._("city"): company.city,
            self.env._("country"): company.country_id,
            self.env._("e-mail address"): company.email,
            self.env._("VAT or company number"): company.vat
            or company.company_registry,
        }
        missing = [name for name, value in wanted.items() if not value]
        if missing:
            return Found(
                False, self.env._("Missing: %(names)s.", names=", ".join(missing))
            )
        town = " ".join(filter(None, (company.zip, company.city)))
        return Found(True, ", ".join((company.name, company.street, town)))

    @api.model
    def _check_bank(self):
        bank = self.env.company._get_collection_bank()
        if not bank:
            return Found(False, self.env._("None: letters could not say where to pay."))
        return Found(True, bank.acc_number)

    @api.model
    def _check_ladder(self):
        company = self.env.company
        policies = self.env["debt.collection.policy"].search(
            [("company_id", "in", (False, company.id)), ("step_ids", "!=", False)]
        )
        if not policies:
            return Found(False, self.env._("No ladder is active: nothing would leave."))
        words = [", ".join(policies.mapped("name")) + "."]
        direct = policies.filtered(lambda policy: policy.mode == "automatic")
        if len(direct) == len(policies):
            words.append(self.env._("Letters leave without a look."))
        elif direct:
            words.append(self.env._("Some letters leave without a look."))
        else:
            words.append(self.env._("Each letter waits for a look."))
        words.append(company._get_collection_test_sentence())
        chosen = self.search([("company_id", "=", company.id)]).date_ladder
        if not chosen:
            words.append(self.env._("Nobody chose this yet."))
        return Found(bool(chosen), " ".join(filter(None, words)))

    @api.model
    def _check_languages(self):
        spoken = self._read_languages()
        installed = {code.split("_")[0] for code, _name in self._get_installed()}
        missing = {
            country: names
            for country, names in spoken.items()
            if not installed & names.keys()
        }
        names = [name for _code, name in self._get_installed()]
        if not missing:
            return Found(True, ", ".join(names))
        countries = self.env["res.country"].browse(missing)
        words = [
            f"{country.name} ({', '.join(missing[country.id].values())})"
            for country in countries
        ]
        return Found(
            False,
            self.env._(
                "No language of debtors in %(countries)s. Installed: %(names)s.",
                countries=", ".join(words),
                names=", ".join(names),
            ),
        )

    @api.model
    def _get_installed(self):
        return self.env["res.lang"].get_installed()

    @api.model
    def _read_languages(self):
        """Country of debtors with open items -> its languages: ISO code -> name.

        What is spoken where follows from the languages Odoo knows; a country it has
        none for is left out.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT c.id, split_part(g.code, '_', 1), g.name
                     FROM res_country c
                     JOIN res_lang g ON split_part(g.code, '_', 2) = c.code
                    WHERE c.id IN (
                          SELECT p.country_id
                            FROM account_move_line l
                            JOIN account_account t ON t.id = l.account_id
                            JOIN res_partner p ON p.id = l.partner_id
                           WHERE l.company_id = %s AND l.parent_state = 'posted'
                             AND l.reconciled IS NOT TRUE
                             AND t.account_type = 'asset_receivable'
                             AND l.amount_residual > 0)
                    ORDER BY c.id, g.name""",
                self.env.company.id,
            )
        )
        found = {}
        for country, code, name in rows:
            found.setdefault(country, {}).setdefault(code, name.split(" / ")[0])
        return found

    @api.model
    def _check_parameters(self):
        # a table of numbers is short: pylint: disable-next=no-search-all
        numbers = self.env["debt.collection.parameter"].search([])
        due = numbers.filtered("is_due")
        if due:
            return Found(
                False,
                self.env._(
                    "%(count)s of %(total)s to compare with their source; what a "
                    "letter claims stops at the last verified day.",
                    count=len(due),
                    total=len(numbers),
                ),
            )
        if not numbers:
            return Found(
                True, self.env._("None: no country is installed, nothing is claimed.")
            )
        return Found(True, self.env._("All %(total)s verified.", total=len(numbers)))

    @api.model
    def _check_roles(self):
        collectors = self._read_people(COLLECTOR)
        approvers = self._read_people(APPROVER)
        if not approvers:
            return Found(
                False, self.env._("Nobody is an Approver: no cost could be spent.")
            )
        if len(collectors) < 2:
            return Found(
                False,
                self.env._(
                    "%(name)s is alone: nobody could approve what he asks for.",
                    name=approvers.name,
                ),
            )
        return Found(
            True,
            self.env._(
                "%(count)s people, of whom approve: %(names)s",
                count=len(collectors),
                names=", ".join(approvers.mapped("name")),
            ),
        )

    @api.model
    def _read_people(self, group):
        """The people of the company who have a role."""
        # who has which role is asked by a Manager, who manages no users
        users_sudo = self.env["res.users"].sudo()
        return users_sudo.search(
            [
                ("all_group_ids", "in", self.env.ref(group).ids),
                ("company_ids", "in", self.env.company.ids),
                ("share", "=", False),
            ],
            order="name",
        )

    @api.model
    def _check_invoices(self):
        own = [("company_id", "=", self.env.company.id)]
        count = self.env["debt.collection.quality"].search_count(own)
        if count:
            return Found(
                False,
                self.env._("%(count)s things to mend before you claim.", count=count),
            )
        return Found(True, self.env._("Nothing is missing."))

    @api.model
    def _check_preview(self):
        row = self.search([("company_id", "=", self.env.company.id)])
        if not row.preview:
            return Found(False, self.env._("Nobody looked yet."))
        moment = fields.Datetime.to_datetime(row.preview["moment"])
        return Found(
            True,
            self.env._(
                "Seen on %(day)s. Letters: %(letters)s, debtors: %(debtors)s, "
                "amount: %(amount)s.",
                day=format_datetime(self.env, moment, dt_format="short"),
                letters=row.preview["letters"],
                debtors=row.preview["debtors"],
                amount=format_amount(
                    self.env, row.preview["amount"], self.env.company.currency_id
                ),
            ),
        )
