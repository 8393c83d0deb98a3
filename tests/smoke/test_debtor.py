"""The debtor with a letter in his hand, at a desk and on a phone.

Each walk ends in what the creditor then sees, asked with the collector's own session.
The pages on the way are looked at by axe-core: nothing serious may be wrong.
"""

import os
import re
from pathlib import Path

import pytest
from num2words import num2words
from playwright.sync_api import expect
from test_smoke import PATIENCE, Rpc, find_link, until

SIZES = {
    "desktop": {"viewport": {"width": 1366, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
    },
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Odoo's own mark of a provider in test mode carries a label where none may be
TEST_ICON = ".o_payment_form .fa-exclamation-triangle"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF"


class Debtor:
    """A stranger to the system who holds one letter."""

    def __init__(self, browser, size, case, walker):
        self.walker, self.size, self.case = walker, size, case
        self.context = browser.new_context(**SIZES[size])
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()
        self.page.goto(walker.address + case["link"])
        self.url = self.page.url

    def go(self, path=""):
        self.page.goto(self.url + path)

    def look(self, name):
        """Keep a picture, and have axe-core look at the page."""
        path = self.walker.shots / f"{name}-{self.size}.png"
        self.page.wait_for_load_state("networkidle")
        self.page.screenshot(path=path, full_page=True)
        self.page.add_script_tag(path=os.environ["DC_SMOKE_AXE"])
        found = self.page.evaluate(
            "([rules, icon]) => axe.run({exclude: [icon]}, {runOnly: rules})",
            [RULES, TEST_ICON],
        )
        serious = [
            f"{each['id']}: {node['html'][:160]}"
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]
        assert not serious, f"{name}\n" + "\n".join(serious)
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= SIZES[self.size]["viewport"]["width"], f"{name} is {width} wide"


def find_code(address):
    """The code in the newest mail to somebody, or None."""
    folder = Path(os.environ["DC_SMOKE_MAIL"])
    for path in sorted(folder.glob("*.eml"), reverse=True):
        text = path.read_text(errors="replace")
        if address in text and (found := re.search(r"<b>(\d{6})</b>", text)):
            return found[1]
    return None


@pytest.fixture(scope="module")
def cases(browser):
    """Two overdue invoices of two debtors, flagged, with the letter in the mail."""
    import conftest

    walker = conftest.Walker(
        browser, os.environ["DC_SMOKE_URL"], Path(os.environ["DC_SMOKE_SHOTS"])
    )
    walker.login("collector")
    rpc, found = Rpc(walker), {}
    for size, invoice in zip(SIZES, find_invoices(rpc), strict=False):
        walker.open(f"/odoo/account.move/{invoice['id']}")
        walker.page.click("button[name=action_collection_flag]")
        case_id = until(
            walker.page,
            lambda move=invoice["id"]: rpc(
                "account.move", "read", [move], ["debt_collection_case_id"]
            )[0]["debt_collection_case_id"],
            "case",
        )[0]
        partner = rpc("res.partner", "read", [invoice["partner_id"][0]], ["email"])[0]
        link = until(
            walker.page,
            lambda partner=partner: find_link(partner["email"]),
            f"letter to {partner['email']} within {PATIENCE} s",
        )
        found[size] = {
            "id": case_id,
            "link": link,
            "email": partner["email"],
            "residual": invoice["amount_residual"],
        }
    assert len(found) == len(SIZES), "the demo has too few invoices to flag"
    yield found
    walker.close()


def find_invoices(rpc):
    """Overdue invoices that nobody chases, the youngest first, one a debtor."""
    rows = rpc(
        "account.move",
        "search_read",
        [
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "=", "not_paid"),
            ("invoice_date_due", "<", "today"),
            ("debt_collection_case_id", "=", False),
            ("partner_id.debt_collection_case_ids", "=", False),
            ("partner_id.email", "!=", False),
            ("amount_residual", ">", 100),
        ],
        fields=["name", "partner_id", "amount_residual"],
        order="invoice_date_due desc, id desc",
    )
    return list({row["partner_id"][0]: row for row in reversed(rows)}.values())[::-1]


@pytest.fixture(params=list(SIZES))
def debtor(request, browser, walker, cases):
    walker.login("collector")
    debtor = Debtor(browser, request.param, cases[request.param], walker)
    yield debtor
    debtor.context.close()


def read(walker, model, domain, names):
    return Rpc(walker)(model, "search_read", domain, fields=names, order="id desc")


def test_pay_a_part(debtor, walker):
    debtor.look("debtor-page")
    debtor.go("/choose")
    debtor.look("debtor-choose")
    debtor.page.check("#kind_amount")
    debtor.page.fill("#pay_amount", "12,50")
    debtor.page.click("form[action$='/choose'] button[type=submit]")
    debtor.page.fill("input[name=customer_input]", "4242424242424242")
    debtor.page.click("button[name=o_payment_submit_button]")
    debtor.page.wait_for_url(debtor.url, timeout=90_000)
    debtor.look("debtor-paid-part")
    case = debtor.case
    left = until(
        walker.page,
        lambda: read(
            walker,
            "debt.collection.case",
            [("id", "=", case["id"]), ("amount_residual", "<", case["residual"])],
            ["amount_residual"],
        ),
        "part that was paid",
    )
    assert round(case["residual"] - left[0]["amount_residual"], 2) == 12.5
    kinds = read(
        walker, "debt.collection.event", [("case_id", "=", case["id"])], ["kind"]
    )
    assert {"payment_started", "payment_confirmed"} <= {row["kind"] for row in kinds}


def test_contest_with_a_file(debtor, walker):
    debtor.go("/dispute")
    page = debtor.page
    page.check("input[name=claim]")
    page.locator("input[name^=amount_]").first.fill("20")
    page.select_option("select[name=reason]", index=1)
    page.fill("textarea[name=words]", "We agreed on another price.")
    proof = {"name": "order.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.set_input_files("input[name=proof]", proof)
    debtor.look("debtor-dispute")
    page.click("form[action$='/dispute'] button[type=submit]")
    page.wait_for_url(debtor.url)
    expect(page.locator(".alert-success")).to_be_visible()
    debtor.look("debtor-disputed")
    [dispute] = read(
        walker,
        "debt.collection.dispute",
        [("case_id", "=", debtor.case["id"])],
        ["amount", "origin", "state", "date_acknowledged"],
    )
    assert (dispute["amount"], dispute["origin"]) == (20, "debtor")
    assert dispute["state"] == "open" and dispute["date_acknowledged"]
    files = read(
        walker,
        "ir.attachment",
        [("res_model", "=", "debt.collection.dispute"), ("res_id", "=", dispute["id"])],
        ["name"],
    )
    assert [row["name"] for row in files] == ["order.pdf"]


def test_simulate_accept_and_sign(debtor, walker):
    page = debtor.page
    debtor.go("/time")
    page.locator("#time_count").evaluate(
        "slider => {slider.value = 3; slider.dispatchEvent(new Event('input', "
        "{bubbles: true}))}"
    )
    expect(page.locator(".o_debt_collection_schedule[data-count='3']")).to_be_visible()
    expect(page.locator(".o_debt_collection_lines li")).to_have_count(3)
    debtor.look("debtor-time")
    page.click("form.o_debt_collection_time button.btn-primary")
    page.wait_for_url(re.compile(r"/plan/\d+$"))
    debtor.look("debtor-offer")
    page.click("form[action$='/code'] button[type=submit]")
    code = until(page, lambda: find_code(debtor.case["email"]), "code in the mail")
    page.fill("#code", code)
    debtor.look("debtor-code")
    page.click("form[action$='/code/check'] button[type=submit]")
    page.wait_for_url(re.compile(r"/plan/\d+$"))
    sign(debtor, walker)
    [plan] = read(
        walker,
        "debt.collection.plan",
        [("case_id", "=", debtor.case["id"])],
        ["state", "signed_by", "signature_ip", "origin"],
    )
    assert plan["state"] in ("accepted", "running")
    assert (plan["signed_by"], plan["origin"]) == ("Dora Debtor", "debtor")
    assert plan["signature_ip"]


def sign(debtor, walker):
    """Write the sum in words where it is asked for, draw the signature, send it."""
    page = debtor.page
    page.fill("input[name=signer]", "Dora Debtor")
    if page.locator("#sign_words").count():
        [plan] = read(
            walker,
            "debt.collection.plan",
            [("case_id", "=", debtor.case["id"])],
            ["amount_acknowledged"],
        )
        cents = round(plan["amount_acknowledged"] * 100)
        words = f"{num2words(cents // 100)} euro and {num2words(cents % 100)} cent"
        page.fill("#sign_words", words)
    box = page.locator("canvas.o_web_sign_signature").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(
            box["x"] + 30 + step * 20, box["y"] + box["height"] / 2 + step % 3 * 12
        )
    page.mouse.up()
    debtor.look("debtor-sign")
    page.click(".o_portal_sign_submit")
    expect(page.locator(".alert-success")).to_be_visible()
    debtor.look("debtor-signed")
