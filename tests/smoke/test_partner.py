"""A lawyer with a link in a mail, at a desk and on a phone: a step, a cost, a message.

Each form ends at the creditor's desk; axe-core looks at the room on the way.
"""

import email
import email.policy
import os
import re
from pathlib import Path

import pytest
from look import SIZES, look, open_browser
from playwright.sync_api import expect
from test_smoke import Rpc, until

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d494441"
    "5478da6364f8cf500f00038601805a347d6b0000000049454e44ae426082"
)
# What the partner asks for at each size: amounts that tell the walks apart
AMOUNTS = {"desktop": 60.5, "phone": 61.5}


def find_room(address):
    """The link in the newest mail to a partner, or None."""
    folder = Path(os.environ["DC_SMOKE_MAIL"])
    for path in sorted(folder.glob("*.eml"), reverse=True):
        message = email.message_from_bytes(
            path.read_bytes(), policy=email.policy.default
        )
        part = message.get_body(("html",))
        if address not in message["to"] or not part:
            continue
        if found := re.search(r"/room/[a-z2-7]+", part.get_content()):
            return found[0]
    return None


@pytest.mark.parametrize("size", list(SIZES))
def test_partner_reports_and_asks_for_a_cost(walker, browser, size):
    """The mail, the room, a step with its document, a cost: each ends at the desk."""
    walker.login("collector")
    rpc = Rpc(walker)
    [assignment] = rpc(
        "debt.collection.assignment",
        "search_read",
        [("state", "=", "handed_over")],
        fields=["case_id", "partner_id"],
        limit=1,
    )
    [partner] = rpc("res.partner", "read", [assignment["partner_id"][0]], ["email"])
    earlier = find_room(partner["email"])
    said = read_said(rpc, assignment)
    rpc("debt.collection.assignment", "action_send_room", [assignment["id"]])
    path = until(
        walker.page,
        lambda: (found := find_room(partner["email"])) != earlier and found,
        "mail with the link",
    )
    report(walker, browser, path, assignment["case_id"][1], size)
    new = [row for row in read_said(rpc, assignment) if row not in said]
    assert {row["kind"] for row in new} == {"step", "cost"}
    assert sum(len(row["attachment_ids"]) for row in new) == 1
    costs = rpc(
        "debt.collection.cost",
        "search_read",
        [
            ("case_id", "=", assignment["case_id"][0]),
            ("partner_id", "=", partner["id"]),
            ("amount_net", "=", AMOUNTS[size]),
        ],
        fields=["stage"],
    )
    assert [cost["stage"] for cost in costs] == ["requested"]
    if size == "desktop":
        look_at_the_desk(walker, assignment)


def read_said(rpc, assignment):
    return rpc(
        "debt.collection.assignment.message",
        "search_read",
        [("assignment_id", "=", assignment["id"]), ("direction", "=", "in")],
        fields=["kind", "attachment_ids"],
    )


def look_at_the_desk(walker, assignment):
    """What the collector sees of it."""
    walker.open(f"/odoo/collection-cases/{assignment['case_id'][0]}")
    walker.wait(".o_form_view")
    walker.shot("partner-backend-case")
    walker.open(
        "/odoo/action-debt_collection.debt_collection_assignment_action"
        f"/{assignment['id']}"
    )
    walker.wait(".o_form_view")
    walker.shot("partner-backend")


def report(walker, browser, path, name, size):
    context = open_browser(browser, size)
    page = context.new_page()
    page.goto(walker.address + path)
    expect(page.locator("h1")).to_contain_text(name)
    assert path not in page.url, "the token must not stay in the address"
    room = re.search(r"/room/file/\d+", page.url)[0]
    links = page.locator(".o_debt_collection_languages a")
    codes = links.evaluate_all("all => all.map(a => [a.lang, a.dataset.url_code])")
    assert {"en", "fr", "nl"} <= {language for language, _code in codes}
    for language, code in codes:
        page.goto(f"{walker.address}/{code}{room}")
        for summary in page.locator("details > summary").all():
            summary.click()
        look(page, walker.shots, f"partner-room-{language}", size)
    page.goto(f"{walker.address}/{dict(codes)['en']}{room}")
    page.get_by_text("Report a step").click()
    page.fill("#room_step_text", "Summons served on the debtor in person.")
    page.set_input_files(
        "#room_step_document",
        {"name": "deed.png", "mimeType": "image/png", "buffer": PNG},
    )
    page.get_by_role("button", name="Report it").click()
    expect(page.get_by_text("It was passed on")).to_be_visible()
    page.get_by_text("Ask for a cost").click()
    page.select_option("#room_cost_type", index=1)
    page.fill("#room_cost_amount", str(AMOUNTS[size]).replace(".", ","))
    page.fill("#room_cost_text", "To trace where he lives.")
    look(page, walker.shots, "partner-form", size)
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("It was passed on")).to_be_visible()
    look(page, walker.shots, "partner-sent", size)
    context.close()
