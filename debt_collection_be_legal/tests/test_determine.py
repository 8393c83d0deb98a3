from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

MANAGER = "debt_collection.debt_collection_group_manager"
COLLECTOR = "debt_collection.debt_collection_group_collector"


@tagged("post_install", "-at_install")
class TestDetermine(AccountTestInvoicingCommon):
    """Who falls under which regime, and why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref(MANAGER)
        cls.belgium = cls.env.ref("base.be")
        cls.france = cls.env.ref("base.fr")
        cls.company = cls.company_data["company"]
        cls.company.country_id = cls.belgium
        cls.Regime = cls.env["debt.collection.regime"]

    def debtor(self, **values):
        values.setdefault("country_id", self.belgium.id)
        return self.env["res.partner"].create({"name": "Debtor", **values})

    def item(self, partner, **values):
        invoice = self._create_invoice_one_line(
            partner_id=partner, price_unit=100.0, tax_ids=[], post=True, **values
        )
        return invoice.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def key(self, *, private=False, **values):
        item = self.item(self.debtor(**values))
        item.move_id.l10n_be_private_purpose = private
        return self.Regime._determine(item)[item.id][0]

    def check_number(self, written, normalised, expected):
        """As a company registry and as a VAT number: what it is, and the regime."""
        debtor = self.debtor(company_registry=written)
        self.assertEqual(debtor._l10n_be_get_enterprise_number(), normalised)
        self.assertEqual(self.key(company_registry=written), expected)
        by_vat = self.env["res.partner"].new({"vat": written})
        self.assertEqual(by_vat._l10n_be_get_enterprise_number(), normalised)

    def test_case_12_1(self):
        self.check_number("0403.019.261", "0403019261", "be_b2b")

    def test_case_12_2(self):
        self.check_number("BE 428759497", "0428759497", "be_b2b")

    def test_case_12_3(self):
        self.check_number("0431.150.351", "", "be_b2c")

    def test_natural_person_without_a_number(self):
        self.assertEqual(self.key(), "be_b2c")

    def test_a_company_is_an_enterprise(self):
        self.assertEqual(self.key(is_company=True), "be_b2b")

    def test_case_4_6_private_debt_of_a_natural_person_with_a_number(self):
        key = self.key(private=True, company_registry="0403019261")
        self.assertEqual(key, "be_b2c")

    def test_public_authority(self):
        key = self.key(is_company=True, l10n_be_public_body=True)
        self.assertEqual(key, "be_b2g")

    def test_the_kind_of_debtor_at_its_borders(self):
        """Which ladder a debtor gets, and under which regime his debts fall."""
        abroad = {"country_id": self.france.id}
        rows = [
            ({}, "consumer", "be_b2c"),
            ({"is_company": True}, "enterprise", "be_b2b"),
            # a natural person with a number, with one digit wrong, with a foreign one
            ({"company_registry": "0403.019.261"}, "enterprise", "be_b2b"),
            ({"vat": "BE0403019261"}, "enterprise", "be_b2b"),
            ({"company_registry": "0403.019.262"}, "consumer", "be_b2c"),
            ({"company_registry": "FR 40303265045"}, "consumer", "be_b2c"),
            ({"vat": "FR40303265045", **abroad}, "enterprise", "be_b2b"),
            ({**abroad}, "consumer", "be_b2c_abroad"),
            # a public authority has a number too, and need not be a company
            ({"l10n_be_public_body": True}, "public", "be_b2g"),
            (
                {"l10n_be_public_body": True, "vat": "BE0403019261"},
                "public",
                "be_b2g",
            ),
            # chosen by hand on the contact
            (
                {"is_company": True, "debt_collection_kind": "public"},
                "public",
                "be_b2g",
            ),
            ({"country_id": False}, "consumer", "be_b2c"),
        ]
        for values, kind, regime in rows:
            with self.subTest(values):
                debtor = self.debtor(**values)
                self.assertEqual(debtor.debt_collection_kind, kind)
                item = self.item(debtor)
                self.assertEqual(self.Regime._determine(item)[item.id][0], regime)

    def test_the_kind_follows_what_is_filled_in_later(self):
        debtor = self.debtor()
        self.assertEqual(debtor.debt_collection_kind, "consumer")
        debtor.company_registry = "0403.019.261"
        self.assertEqual(debtor.debt_collection_kind, "enterprise")
        debtor.company_registry = "0403.019.262"
        self.assertEqual(debtor.debt_collection_kind, "consumer")
        debtor.l10n_be_public_body = True
        self.assertEqual(debtor.debt_collection_kind, "public")
        debtor.l10n_be_public_body = False
        self.assertEqual(debtor.debt_collection_kind, "consumer")

    def test_a_private_debt_climbs_the_ladder_of_consumers(self):
        """Somebody with a number: his business debt climbs that of enterprises."""
        debtor = self.debtor(company_registry="0403.019.261")
        business, private = self.item(debtor), self.item(debtor)
        private.move_id.l10n_be_private_purpose = True
        Run = self.env["debt.collection.run"].with_company(self.company)
        Run._ensure_accounts(self.company)
        account = self.env["debt.collection.account"].search(
            [("partner_id", "=", debtor.id)]
        )
        rows = {row["id"]: row for row in Run._read_items(account)}
        Run._complete_regimes(list(rows.values()))
        self.assertEqual(rows[business.id]["debtor_kind"], "enterprise")
        self.assertEqual(rows[private.id]["debtor_kind"], "consumer")

    def test_debtor_abroad(self):
        abroad = {"country_id": self.france.id}
        self.assertEqual(self.key(**abroad), "be_b2c_abroad")
        self.assertEqual(self.key(is_company=True, **abroad), "be_b2b")

    def test_stated_law_decides(self):
        for law, country, expected in (
            (self.belgium, self.france, "be_b2c"),
            (self.france, self.france, "standard"),
            (self.france, self.belgium, "standard"),
        ):
            with self.subTest(law=law.code, country=country.code):
                key = self.key(country_id=country.id, l10n_be_collection_law_id=law.id)
                self.assertEqual(key, expected)

    def test_foreign_creditor(self):
        self.company.country_id = self.france
        self.assertEqual(self.key(), "be_b2c")
        self.assertEqual(self.key(is_company=True), "standard")
        self.assertEqual(
            self.key(is_company=True, l10n_be_collection_law_id=self.belgium.id),
            "be_b2b",
        )
        self.assertEqual(self.key(country_id=self.france.id), "standard")

    def test_contact_follows_its_company(self):
        company = self.debtor(is_company=True)
        contact = self.debtor(parent_id=company.id, type="contact")
        item = self.item(contact)
        self.assertEqual(self.Regime._determine(item)[item.id][0], "be_b2b")

    def test_debtor_without_a_country_lives_with_the_creditor(self):
        self.assertEqual(self.key(country_id=False), "be_b2c")

    def test_each_answer_has_a_reason(self):
        items = self.item(self.debtor()) | self.item(self.debtor(is_company=True))
        answers = self.Regime._determine(items)
        self.assertEqual(set(answers), set(items.ids))
        for _key, reason in answers.values():
            self.assertTrue(reason.endswith("."))

    def test_collector_gets_the_answer_without_the_field(self):
        user = new_test_user(self.env, "dc_be_collector", groups=COLLECTOR)
        debtor = self.debtor(
            country_id=self.france.id, l10n_be_collection_law_id=self.belgium.id
        )
        item = self.item(debtor).with_user(user)
        regime = self.Regime.with_user(user)
        self.assertEqual(regime._determine(item)[item.id][0], "be_b2c")
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            debtor.with_user(user).l10n_be_collection_law_id  # noqa: B018

    def test_queries_do_not_grow_with_the_items(self):
        debtors = self.env["res.partner"].create(
            [{"name": f"Debtor {n}", "country_id": self.belgium.id} for n in range(10)]
        )
        items = self.env["account.move.line"].union(*map(self.item, debtors))

        def count(subset):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Regime._determine(subset)
            return self.env.cr.sql_log_count - before

        count(items)
        self.assertEqual(count(items[:2]), count(items))
