"""The product in a browser, as people meet it: the main path, then the screens."""

import email
import email.policy
import os
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

PATIENCE = 180  # seconds a scheduled action may take to be picked up
expect.set_options(timeout=30_000)  # on a busy machine a click is not answered at once


def until(page, check, what):
    """Look once a second until `check` answers: the server works meanwhile."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := check():
            return found
        page.wait_for_timeout(1000)
    raise AssertionError(f"after {PATIENCE} s still no {what}")


class Rpc:
    """What a person would look up in a list, asked with his own session."""

    def __init__(self, walker):
        self.walker = walker

    def __call__(self, model, method, *args, **options):
        answer = self.walker.page.request.post(
            f"{self.walker.address}/web/dataset/call_kw/{model}/{method}",
            data={
                "jsonrpc": "2.0",
                "method": "call",
                "params": {
                    "model": model,
                    "method": method,
                    "args": args,
                    "kwargs": options,
                },
            },
        ).json()
        assert "error" not in answer, answer["error"]
        return answer.get("result")  # a method may answer nothing


def find_invoice(rpc):
    """An overdue invoice that nobody chases yet, of a debtor with a mail address."""
    found = rpc(
        "account.move",
        "search_read",
        [
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "=", "not_paid"),
            ("invoice_date_due", "<", time.strftime("%Y-%m-%d")),
            ("debt_collection_case_id", "=", False),
            ("partner_id.debt_collection_case_ids", "=", False),
            ("partner_id.email", "!=", False),
        ],
        fields=["name", "partner_id", "amount_residual"],
        order="invoice_date_due desc",
        limit=1,
    )
    assert found, "the demo has no overdue invoice that could be flagged"
    return found[0]


def find_link(address_of):
    """The link in the newest mail to somebody, or None."""
    folder = Path(os.environ["DC_SMOKE_MAIL"])
    for path in sorted(folder.glob("*.eml"), reverse=True):
        message = email.message_from_bytes(
            path.read_bytes(), policy=email.policy.default
        )
        if address_of not in message["to"]:
            continue
        body = message.get_body(("html",)).get_content()
        if found := re.search(r"/collect/[\w-]+", body):
            return found[0]
    return None


def test_from_overdue_to_paid(walker, browser):
    """Flag, letter, the debtor's page, payment, closed."""
    walker.login("collector")
    rpc = Rpc(walker)
    invoice = find_invoice(rpc)
    walker.open(f"/odoo/account.move/{invoice['id']}")
    walker.wait("button[name=action_collection_flag]")
    walker.shot("1-overdue-invoice")
    walker.page.click("button[name=action_collection_flag]")
    walker.wait("div[name=partner_id]")
    expect(walker.page.locator(".o_form_view")).to_contain_text("DC/")
    walker.shot("2-case-opened")
    case = rpc(
        "account.move", "read", [invoice["id"]], fields=["debt_collection_case_id"]
    )
    case_id = case[0]["debt_collection_case_id"][0]
    mail = rpc("res.partner", "read", [invoice["partner_id"][0]], fields=["email"])
    path = until(walker.page, lambda: find_link(mail[0]["email"]), "letter in the mail")
    walker.open(f"/odoo/collection-cases/{case_id}")
    walker.page.get_by_role("tab", name="Actions").click()
    expect(walker.page.locator("div[name=action_ids]")).to_contain_text("Done")
    walker.shot("3-letter-sent")
    pay_as_debtor(walker, browser, path, invoice)
    until(
        walker.page,
        lambda: rpc("debt.collection.case", "read", [case_id], fields=["phase"])[0][
            "phase"
        ]
        == "closed",
        "closed case",
    )
    walker.open(f"/odoo/collection-cases/{case_id}")
    expect(walker.page.locator("div[name=outcome]")).to_contain_text("Paid")
    walker.shot("6-closed")


def pay_as_debtor(walker, browser, path, invoice):
    """Open the link of the letter as a stranger to the system and pay it."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(walker.address + path)
    expect(page.locator("body")).to_contain_text(invoice["name"])
    assert path not in page.url, "the token must not stay in the address"
    page.screenshot(path=walker.shots / "4-debtor-page.png", full_page=True)
    page.fill("input[name=customer_input]", "4242424242424242")
    page.click("button[name=o_payment_submit_button]")
    expect(page.locator("body")).to_contain_text("Nothing is due", timeout=90_000)
    page.screenshot(path=walker.shots / "5-debtor-paid.png", full_page=True)
    context.close()


def find_request(number):
    """The path that the newest mail about a cost leads to, or None."""
    folder = Path(os.environ["DC_SMOKE_MAIL"])
    for path in sorted(folder.glob("*.eml"), reverse=True):
        message = email.message_from_bytes(
            path.read_bytes(), policy=email.policy.default
        )
        part = message.get_body(("html",))
        body = part.get_content() if part else ""
        if found := re.search(rf"/odoo/collection-costs/{number}\b", body):
            return found[0]
    return None


def test_approve_on_a_phone_from_the_mail(walker, browser):
    """Asked at the desk; the yes comes from a phone: mail, login, one tap."""
    walker.login("collector")
    rpc = Rpc(walker)
    cases = rpc(
        "debt.collection.case",
        "search_read",
        [("phase", "!=", "closed"), ("cost_ids", "=", False)],
        fields=["name", "partner_id"],
        order="amount_residual_company desc",
        limit=1,
    )
    kinds = rpc("debt.collection.cost.type", "search", [("code", "=", "agency")])
    cost_id = rpc(
        "debt.collection.cost",
        "create",
        {"case_id": cases[0]["id"], "type_id": kinds[0], "amount_net": 60},
    )
    rpc("debt.collection.cost", "action_request", [cost_id])
    path = until(walker.page, lambda: find_request(cost_id), "request in the mail")
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(walker.address + path)
    page.fill("input[name=login]", "accountant")
    page.fill("input[name=password]", "accountant")
    page.click(".oe_login_form button[type=submit]")
    page.wait_for_selector(".o_debt_collection_cost_page")
    assert f"/collection-costs/{cost_id}" in page.url
    expect(page.locator("body")).to_contain_text(cases[0]["name"])
    page.screenshot(path=walker.shots / "phone-request.png", full_page=True)
    page.tap("button[name=action_approve]")
    until(
        page,
        lambda: rpc("debt.collection.cost", "read", [cost_id], fields=["state"])[0][
            "state"
        ]
        == "approved",
        "approved cost",
    )
    page.wait_for_selector("button[name=action_approve]", state="hidden")
    page.screenshot(path=walker.shots / "phone-approved.png", full_page=True)
    context.close()


@pytest.mark.parametrize(
    "who, path",
    [
        ("collector", "/odoo/collection-cases"),
        ("accountant", "/odoo/collection-cases"),
        ("collector", "/odoo/collection-debtors"),
        ("collector", "/odoo/collection-actions"),
        ("accountant", "/odoo/collection-costs"),
        ("admin", "/odoo/action-debt_collection.debt_collection_policy_action"),
        ("admin", "/odoo/collection-numbers"),
    ],
)
def test_screen_opens_with_something_on_it(walker, who, path):
    walker.login(who)
    walker.open(path)
    walker.wait(".o_list_view, .o_kanban_view")
    assert not walker.page.locator(".o_view_nocontent").count(), "nothing in the demo"
    walker.shot(f"{path.rsplit('/', 1)[1].rsplit('.', 1)[-1]}-{who}")


def test_debtor_home(walker):
    walker.login("debtor")
    walker.open("/my")
    walker.wait(".o_portal_my_home")
    walker.shot("debtor-home")
