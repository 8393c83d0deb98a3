"""The debtor with a letter in his hand, at a desk and on a phone.

Each walk ends in what the creditor then sees, asked with the collector's own session.
axe-core looks at the pages on the way: nothing serious may be wrong.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
from look import SIZES, look, open_browser
from num2words import num2words
from playwright.sync_api import expect
from test_smoke import PATIENCE, Rpc, find_link, until

import conftest

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF"
# The doors of a page, with the word that stands in the name of its picture
DOORS = {
    "": "page",
    "/choose": "choose",
    "/time": "time",
    "/dispute": "dispute",
    "/talk": "talk",
    "/contact": "contact",
    "/code": "code",
    "/account": "account",
}
LANGUAGES = ("en", "fr", "nl")
# What Odoo itself sets; the page sets none
COOKIES = {"session_id", "frontend_lang", "tz"}


class Debtor:
    """A stranger to the system who holds one letter."""

    def __init__(self, browser, size, case, walker):
        self.walker, self.size, self.case = walker, size, case
        self.context = open_browser(browser, size)
        self.page = self.context.new_page()
        self.page.goto(walker.address + case["link"])
        assert case["link"] not in self.page.url, "the token stays in the address"
        self.path = re.search(r"/collect/case/\d+", self.page.url)[0]
        self.url = self.page.url

    def go(self, path=""):
        answer = self.page.goto(self.url + path)
        assert answer.ok, f"{path}: {answer.status}"

    def speak(self, language):
        """Read the page in another language from now on, as its links offer it."""
        self.go()
        link = self.page.locator(f".o_debt_collection_languages a[lang={language}]")
        code = link.get_attribute("data-url_code")
        self.page.goto(f"{self.walker.address}/{code}{self.path}")
        self.url = self.page.url
        html = self.page.locator("html").get_attribute("lang")
        assert html[:2] == language, html

    def look(self, name):
        look(self.page, self.walker.shots, name, self.size)


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
    """A case of one debtor a size, each with a letter of today in the mail."""
    walker = conftest.Walker(
        browser, os.environ["DC_SMOKE_URL"], Path(os.environ["DC_SMOKE_SHOTS"])
    )
    walker.login("collector")
    rpc, found = Rpc(walker), {}
    for size, case in zip(SIZES, find_cases(rpc), strict=False):
        wizard = rpc(
            "debt.collection.letter.make",
            "create",
            {
                "case_ids": [[6, 0, [case["id"]]]],
                "letter_key": "statement",
                "channel": "email",
                "release": True,
            },
        )
        rpc("debt.collection.letter.make", "action_make", [wizard])
        [partner] = rpc("res.partner", "read", [case["partner_id"][0]], ["email"])
        link = until(
            walker.page,
            lambda partner=partner: find_link(partner["email"]),
            f"letter to {partner['email']} within {PATIENCE} s",
        )
        found[size] = {
            "id": case["id"],
            "link": link,
            "email": partner["email"],
            "residual": case["amount_residual"],
        }
    assert len(found) == len(SIZES), "the demo has too few cases that nobody disturbs"
    yield found
    walker.close()


def find_cases(rpc):
    """Open cases on which nothing was agreed, contested or handed over."""
    return rpc(
        "debt.collection.case",
        "search_read",
        [
            ("phase", "=", "amicable"),
            ("plan_ids", "=", False),
            ("dispute_ids", "=", False),
            ("assignment_ids", "=", False),
            ("partner_id.email", "!=", False),
            ("amount_residual", ">", 100),
        ],
        fields=["partner_id", "amount_residual"],
        order="id",
        limit=len(SIZES),
    )


@pytest.fixture(params=list(SIZES))
def debtor(request, browser, walker, cases):
    walker.login("collector")
    debtor = Debtor(browser, request.param, cases[request.param], walker)
    yield debtor
    debtor.context.close()


def read(walker, model, domain, names):
    return Rpc(walker)(model, "search_read", domain, fields=names, order="id desc")


# === EVERY DOOR === #


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_doors(debtor, language):
    """Every door, in every language, can be read by everybody."""
    debtor.speak(language)
    for door, name in DOORS.items():
        debtor.go(door)
        debtor.look(f"door-{name}-{language}")
    names = {cookie["name"] for cookie in debtor.context.cookies()}
    assert names <= COOKIES, names


def test_doors_without_a_script(debtor, browser):
    """Reading, choosing and the transfer need no script."""
    context = browser.new_context(**SIZES[debtor.size], java_script_enabled=False)
    page = context.new_page()
    page.goto(debtor.walker.address + debtor.case["link"])
    expect(page.locator("#transfer").first).to_contain_text("BE49")
    page.goto(debtor.url + "/choose")
    page.check("#kind_amount")
    page.fill("#pay_amount", "10")
    page.click("form[action$='/choose'] button[type=submit]")
    expect(page.locator("#transfer")).to_contain_text("10")
    page.goto(debtor.url + "/time?count=3")
    expect(page.locator(".o_debt_collection_lines li")).to_have_count(3)
    context.close()


# === THE WALKS === #


def test_pay_a_part(debtor, walker):
    debtor.look("debtor-page")
    debtor.go("/choose")
    debtor.page.check("#kind_amount")
    debtor.page.fill("#pay_amount", "12,50")
    debtor.page.click("form[action$='/choose'] button[type=submit]")
    debtor.page.fill("input[name=customer_input]", "4242424242424242")
    debtor.look("debtor-choose")
    debtor.page.click("button[name=o_payment_submit_button]")
    debtor.page.wait_for_url(re.compile(rf"{debtor.path}(#.*)?$"), timeout=90_000)
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
    assert "order.pdf" in [row["name"] for row in files]


def test_write_and_correct(debtor, walker):
    page = debtor.page
    debtor.go("/talk")
    page.fill("#talk_words", "I was ill <b>in May</b>.")
    page.click("form[action$='/talk'] button[type=submit]")
    expect(page.locator(".alert-success")).to_be_visible()
    debtor.look("debtor-said")
    debtor.go("/contact")
    page.fill("#contact_phone", "+32 2 555 09 09")
    page.click("form[action$='/contact'] button[type=submit]")
    expect(page.locator(".alert-success")).to_be_visible()
    [asked] = read(
        walker,
        "debt.collection.correction",
        [("case_id", "=", debtor.case["id"])],
        ["phone", "state", "is_known"],
    )
    assert (asked["phone"], asked["state"]) == ("+32 2 555 09 09", "open")
    assert not asked["is_known"]


def propose(debtor):
    """Three instalments by the slider; ends on the page of the offer."""
    page = debtor.page
    debtor.go("/time")
    # the script hides the button that does its work without one
    expect(page.locator(".o_debt_collection_show")).to_be_hidden()
    page.locator("#time_count").evaluate(
        "slider => {slider.value = 3; slider.dispatchEvent(new Event('input', "
        "{bubbles: true}))}"
    )
    expect(page.locator(".o_debt_collection_schedule[data-count='3']")).to_be_visible()
    expect(page.locator(".o_debt_collection_lines li")).to_have_count(3)
    debtor.look("debtor-time")
    page.click("form.o_debt_collection_time button.btn-primary")
    page.wait_for_url(re.compile(r"/plan/\d+$"))


def show_code(debtor):
    """Ask for a code on the page of an offer, read the mail, type it."""
    page, earlier = debtor.page, find_code(debtor.case["email"])
    page.click("form[action$='/code'] button[type=submit]")
    code = until(
        page,
        lambda: (found := find_code(debtor.case["email"])) != earlier and found,
        "code in the mail",
    )
    page.fill("#code", code)
    debtor.look("debtor-code")
    page.click("form[action$='/code/check'] button[type=submit]")
    page.wait_for_url(re.compile(r"/plan/\d+$"))


def read_plans(debtor, names):
    found = [("case_id", "=", debtor.case["id"])]
    return read(debtor.walker, "debt.collection.plan", found, names)


def test_offers_that_are_over(debtor):
    """Refused with a word; and one that expired: both say so, neither can be signed."""
    page = debtor.page
    propose(debtor)
    debtor.look("debtor-offer")
    show_code(debtor)
    page.locator("summary").last.click()
    page.fill("#refuse_word", "Too much a month")
    debtor.look("debtor-refuse")
    page.click("form[action$='/refuse'] button[type=submit]")
    expect(page.locator(".alert-success")).to_be_visible()
    [plan] = read_plans(debtor, ["state", "reason"])
    assert (plan["state"], plan["reason"]) == ("refused", "Too much a month")
    debtor.go(f"/plan/{plan['id']}")
    debtor.look("debtor-refused")
    propose(debtor)
    plan = read_plans(debtor, ["state"])[0]
    wait_until_over(plan["id"])
    debtor.go(f"/plan/{plan['id']}")
    assert not page.locator("owl-component").count()
    debtor.look("debtor-expired")


def wait_until_over(plan_id):
    """The days of an offer pass; nobody can wait for them here."""
    query = "update debt_collection_plan set date_expiry = date_expiry - 60 where id = "
    database = os.environ["DC_SMOKE_DB"]
    subprocess.run(
        ["psql", "-qX", "-d", database, "-c", f"{query}{int(plan_id)}"], check=True
    )


def test_simulate_accept_and_sign(debtor, walker):
    propose(debtor)
    show_code(debtor)
    sign(debtor)
    plan = read_plans(
        debtor, ["state", "signed_by", "signature_ip", "origin", "signature"]
    )[0]
    assert plan["state"] in ("accepted", "running")
    assert (plan["signed_by"], plan["origin"]) == ("Dora Debtor", "debtor")
    assert plan["signature_ip"] and plan["signature"]
    letters = read(
        walker,
        "debt.collection.action",
        [("case_id", "=", debtor.case["id"]), ("letter_key", "=", "plan_agreement")],
        ["letter_ref"],
    )
    assert [row["letter_ref"] for row in letters] == [
        f"debt.collection.plan,{plan['id']}"
    ]
    debtor.go("/account")
    debtor.look("debtor-account")
    debtor.go("/time")
    debtor.look("debtor-plan-runs")
    debtor.go()
    debtor.look("debtor-page-with-plan")


def sign(debtor):
    """Write the sum in words where it is asked for, draw the signature, send it."""
    page = debtor.page
    page.fill("input[name=signer]", "Dora Debtor")
    if page.locator("#sign_words").count():
        plan = read_plans(debtor, ["amount_acknowledged"])[0]
        cents = round(plan["amount_acknowledged"] * 100)
        words = f"{num2words(cents // 100)} euro and {num2words(cents % 100)} cent"
        page.fill("#sign_words", words)
    canvas = page.locator("canvas.o_web_sign_signature")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 30, middle)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(box["x"] + 30 + step * 20, middle + step % 3 * 12)
    page.mouse.up()
    debtor.look("debtor-sign")
    page.click(".o_portal_sign_submit")
    expect(page.locator(".alert-success")).to_be_visible()
    debtor.look("debtor-signed")


# === WHAT ENDED === #


def test_links_that_do_not_work(debtor, walker):
    """A wrong link, and the page after the creditor shut it, tell nothing."""
    page = debtor.page
    page.goto(walker.address + "/collect/aaaaaaaaaaaaaaaaaaaaaaaaaa")
    expect(page.locator("h1")).to_be_visible()
    debtor.look("gone")
    Rpc(walker)("debt.collection.case", "action_revoke_links", [debtor.case["id"]])
    assert page.goto(debtor.url).status == 404
    assert page.goto(walker.address + debtor.case["link"]).status == 404
