from odoo.tests import Form, new_test_user, tagged

from .common import BelgianCase


@tagged("post_install", "-at_install")
class TestCalculator(BelgianCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env,
            "dc_calculator",
            groups="debt_collection.debt_collection_group_collector",
        )
        cls.Calculator = cls.env["debt.collection.be.calculator"].with_user(cls.user)

    def calculate(self, **values):
        return self.Calculator.create(values)._calculate()

    def test_every_topic_gives_lines_with_their_ground(self):
        for topic, _label in self.Calculator._selection_topic():
            with self.subTest(topic=topic):
                lines = self.calculate(topic=topic, day="2024-11-15")
                self.assertTrue(lines)
                for line in lines:
                    self.assertTrue(line["label"] and line["value"] and line["ground"])

    def test_court_of_a_consumer(self):
        lines = self.calculate(
            topic="court",
            day="2024-11-15",
            amount=900,
            is_enterprises=False,
            course="default",
        )
        self.assertTrue(lines[0]["value"].startswith("Justice of the peace"))
        self.assertIn("300.00", lines[3]["value"])
        self.assertTrue(lines[3]["verified"])

    def test_to_verify_is_shown(self):
        with Form(self.Calculator) as form:
            form.topic = "bailiff"
            form.day = "2026-11-15"
            self.assertIn("to verify", form.content)
            self.assertIn("211.75", form.content)
            form.day = "2024-11-15"
            self.assertNotIn("to verify", form.content)

    def test_size_of_the_creditor(self):
        for workers, turnover, expected in (
            (49, 12_000_000, "small or medium-sized"),
            (50, 12_000_000, "large"),
        ):
            [line] = self.calculate(
                topic="size",
                day="2026-06-01",
                workers=workers,
                amount_turnover=turnover,
                amount_balance=100,
            )
            self.assertTrue(line["value"].startswith(expected))
            self.assertIn("art. 1:24", line["ground"])
            self.assertFalse(line["verified"])

    def test_missing_number_is_named_and_no_figure_given(self):
        with Form(self.Calculator) as form:
            form.topic = "income"
            form.day = "2026-11-15"
            self.assertIn("be.income.protected", form.content)
            self.assertNotIn("<table", form.content)
