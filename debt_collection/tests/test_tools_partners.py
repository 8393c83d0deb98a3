"""Files of others, the score of a payer, the price of a stop."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools.behaviour import WEIGHTS, History, assess
from ..tools.fees import Fee, Terms, earned
from ..tools.tabular import (
    decode,
    normal_name,
    normal_number,
    parse_amount,
    parse_day,
    read_rows,
)
from ..tools.withdrawal import Handed, Line, price, total

PROFILE = settings(derandomize=True, deadline=None, database=None, max_examples=200)
NOON = datetime(2026, 3, 16, 12)


class TestTabular(BaseCase):
    def test_encodings(self):
        text = "nom;montant\nHélène Société;12,50\n"
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
            row = read_rows(text.encode(encoding))[0]
            self.assertEqual(row.get("nom"), "Hélène Société", encoding)
            self.assertEqual((row.number, row.error), (2, ""))

    def test_delimiters_and_blank_lines(self):
        for mark in ";,\t|":
            rows = read_rows(f"A{mark}B\n\n1{mark}2\r\n{mark}\n3{mark}4".encode())
            self.assertEqual([r.values for r in rows][0], {"a": "1", "b": "2"}, mark)
            self.assertEqual([r.number for r in rows], [3, 5])

    def test_a_line_with_too_many_cells_is_kept_with_its_reason(self):
        rows = read_rows(b"a;b\n1;2;3\n4;5\n")
        self.assertEqual([r.error for r in rows], ["too_many_cells", ""])
        self.assertEqual(rows[0].text, "1;2;3")

    def test_json(self):
        self.assertEqual(read_rows(b'[{"A": 1.5, "b": null}]')[0].values["a"], "1.5")
        self.assertEqual(
            read_rows(b'{"rows": [{"a": 1}, 2]}')[1].error, "not_an_object"
        )
        self.assertEqual(read_rows(b"[{,")[0].error, "not_json")

    @PROFILE
    @given(st.binary(max_size=400))
    @example(b"\xff\xfe\x00\xd8")
    @example(b'[{"a": "\\ud800"}]')
    @example(b'a;b\n"1;2')
    @example(b"[" * 5000)
    def test_bytes_of_any_kind_never_raise(self, content):
        for row in read_rows(content):
            for text in (row.text, *row.values, *row.values.values()):
                self.assertNotIn("\0", text)
                text.encode("utf-8")

    @PROFILE
    @given(st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=2), max_size=5))
    def test_nothing_is_lost(self, table):
        """As many rows as were written, whatever stands in their cells."""
        clean = [
            ["".join(c for c in cell if c.isprintable() and c != '"') for cell in row]
            for row in table
        ]
        lines = "".join(f'"{a}";"{b}"\n' for a, b in clean)
        rows = read_rows(f"a;b\n{lines}".encode())
        wanted = [[a.strip(), b.strip()] for a, b in clean if a.strip() or b.strip()]
        self.assertEqual([list(row.values.values()) for row in rows], wanted)

    def test_days_and_amounts(self):
        day = date(2026, 3, 2)
        for text in ("2026-03-02", "02/03/2026", "2.3.2026", "20260302", "2-3-2026"):
            self.assertEqual(parse_day(text), day, text)
        for text in ("", "32/01/2026", "0001-01-01", "yesterday"):
            self.assertIsNone(parse_day(text), text)
        for text in ("1.234,50", "1,234.50", "1234.5", "1 234,50 €", "1'234.50"):
            self.assertEqual(parse_amount(text), Decimal("1234.5"), text)
        for text in ("", "NaN", "inf", "1e99", "abc"):
            self.assertIsNone(parse_amount(text), text)

    def test_what_is_compared(self):
        self.assertEqual(normal_number("LU 0123.456-789"), "123456789")
        self.assertEqual(normal_name("Ets. MÜLLER & Cie"), "etsmüllercie")
        self.assertEqual(decode(b"caf\xe9"), "café")


class TestBehaviour(BaseCase):
    def test_no_basis(self):
        score = assess(History(paid=2, punctual=2))
        self.assertEqual((score.points, score.number, score.finding), (None, 2, ""))

    def test_best_and_worst(self):
        best = assess(History(paid=10, punctual=10))
        self.assertEqual((best.points, best.finding), (100, "solvent"))
        worst = History(10, 0, Decimal(90), Decimal(5), Decimal(5), 2, 2)
        self.assertEqual((assess(worst).points, assess(worst).finding), (0, "doubtful"))

    def test_the_score_is_the_sum_of_its_reasons(self):
        score = assess(History(8, 4, Decimal(30), Decimal(100), Decimal(25), 4, 1))
        parts = {reason.code: reason.points for reason in score.reasons}
        self.assertEqual(
            parts, {"punctual": 20, "late": 15, "overdue": 15, "broken": 8}
        )
        self.assertEqual((score.points, score.finding), (58, ""))

    @PROFILE
    @given(st.integers(3, 50), st.data())
    def test_between_0_and_100(self, paid, data):
        money = st.decimals(0, 10**6, places=2)
        score = assess(
            History(
                paid,
                data.draw(st.integers(0, paid)),
                data.draw(st.decimals(0, 900, places=1)),
                data.draw(money),
                data.draw(money),
                data.draw(st.integers(0, 5)),
                data.draw(st.integers(0, 5)),
            )
        )
        self.assertTrue(0 <= score.points <= sum(WEIGHTS.values()) == 100)
        self.assertEqual(score.points, sum(r.points for r in score.reasons))


class TestPrice(BaseCase):
    def _price(self, hours_ago, engaged=(), **terms):
        handed = Handed(NOON - timedelta(hours=hours_ago), fee=Decimal(75), **terms)
        return price([handed], list(engaged), NOON)

    def test_free_within_the_window_and_no_longer(self):
        free = self._price(12, free_hours=12)
        self.assertEqual([(x.code, x.amount) for x in free], [("free_window", 0)])
        late = self._price(12.01, free_hours=12)
        self.assertEqual([(x.code, x.amount) for x in late], [("fee", Decimal(75))])

    def test_engaged_costs_are_never_free(self):
        lines = self._price(1, [("Summons", Decimal(200))], free_hours=12)
        self.assertEqual(total(lines), Decimal(200))

    def test_first_case_and_bearer(self):
        self.assertEqual(self._price(99, is_first=True)[0].code, "first_free")
        self.assertEqual(self._price(99, bearer="debtor")[0].code, "no_fee")

    def test_nobody_has_it(self):
        self.assertEqual(price([], [], NOON), [Line("nothing")])


class TestFees(BaseCase):
    """What a partner earned, to the cent."""

    coin = Decimal("0.01")
    money = {
        "principal": Decimal("1000.00"),
        "interest": Decimal("33.33"),
        "indemnity": Decimal("40.00"),
        "cost": Decimal("12.00"),
    }

    def _earned(self, **terms):
        return {
            fee.code: fee.amount
            for fee in earned(Terms(**terms), self.money, self.coin)
        }

    def test_share_of_the_principal(self):
        found = self._earned(case=Decimal(150), success=Decimal("12.5"))
        self.assertEqual(found, {"case": 150, "share": Decimal("125.00")})

    def test_share_of_all_leaves_out_what_he_keeps(self):
        found = self._earned(
            success=Decimal(10), on_all=True, keeps=frozenset({"interest"})
        )
        self.assertEqual(
            found, {"share": Decimal("105.20"), "interest": Decimal("33.33")}
        )

    def test_half_a_cent_goes_up(self):
        self.assertEqual(
            earned(
                Terms(success=Decimal(10)), {"principal": Decimal("0.05")}, self.coin
            ),
            [Fee("share", Decimal("0.01"), Decimal("0.05"))],
        )

    def test_a_first_case_is_free(self):
        self.assertEqual(
            self._earned(case=Decimal(150), success=Decimal(10), is_first=True),
            {"first_free": 0},
        )
