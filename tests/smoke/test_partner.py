"""A lawyer with a link in a mail, on a phone: he reports a step and asks for a cost."""

import email
import email.policy
import os
import re
from pathlib import Path

from playwright.sync_api import expect
from test_smoke import Rpc, until

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d494441"
    "5478da6364f8cf500f00038601805a347d6b0000000049454e44ae426082"
)


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


def test_partner_reports_and_asks_for_a_cost(walker, browser):
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
    rpc("debt.collection.assignment", "action_send_room", [assignment["id"]])
    path = until(walker.page, lambda: find_room(partner["email"]), "mail with the link")
    report_on_a_phone(walker, browser, path, assignment["case_id"][1])
    said = rpc(
        "debt.collection.assignment.message",
        "search_read",
        [("assignment_id", "=", assignment["id"]), ("direction", "=", "in")],
        fields=["kind", "attachment_ids"],
    )
    assert {row["kind"] for row in said} == {"step", "cost"}
    assert sum(len(row["attachment_ids"]) for row in said) == 1
    costs = rpc(
        "debt.collection.cost",
        "search_read",
        [
            ("case_id", "=", assignment["case_id"][0]),
            ("partner_id", "=", partner["id"]),
            ("amount_net", "=", 61.5),
        ],
        fields=["stage"],
    )
    assert [cost["stage"] for cost in costs] == ["requested"]
    walker.open(f"/odoo/collection-cases/{assignment['case_id'][0]}")
    walker.wait(".o_form_view")
    walker.shot("partner-backend-case")
    walker.open(
        "/odoo/action-debt_collection.debt_collection_assignment_action"
        f"/{assignment['id']}"
    )
    walker.wait(".o_form_view")
    walker.shot("partner-backend")


def report_on_a_phone(walker, browser, path, name):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(walker.address + path)
    expect(page.locator("h1")).to_contain_text(name)
    assert path not in page.url, "the token must not stay in the address"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, f"the room is {width} wide"
    page.screenshot(path=walker.shots / "partner-room-phone.png", full_page=True)
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
    page.fill("#room_cost_amount", "61,50")
    page.fill("#room_cost_text", "To trace where he lives.")
    page.screenshot(path=walker.shots / "partner-form-phone.png", full_page=True)
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("It was passed on")).to_be_visible()
    page.screenshot(path=walker.shots / "partner-sent-phone.png", full_page=True)
    page.set_viewport_size({"width": 1366, "height": 900})
    page.screenshot(path=walker.shots / "partner-room-desktop.png", full_page=True)
    context.close()
