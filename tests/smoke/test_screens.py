"""Each screen of the cockpit on the demo, on a desktop and on a phone, as a picture.

``./run smoke -k screens`` makes them alone, in ``.state/smoke/screens``. A person looks
at them; the test holds that each has something on it, fits, and complains of nothing.
"""

import os
from pathlib import Path

import pytest
from look import SIZES

from conftest import Walker

LIST = ".o_data_row, .o_kanban_record:not(.o_kanban_ghost)"
# name -> who, path, what shows that something is there
SCREENS = {
    "desk": ("collector", "collection", ".o_debt_collection_home .card"),
    "today": ("collector", "collection-today", LIST),
    "dashboard": ("collector", "collection-dashboard", "canvas"),
    "dashboard-accountant": ("accountant", "collection-dashboard", "canvas"),
    "behaviour": ("collector", "collection-portfolio", LIST),
    "customer": ("collector", "", ".o_debt_collection_behaviour"),
    "to-mend": ("collector", "collection-quality", LIST),
    "early": ("collector", "collection-early", ".o_action_manager .o_view_controller"),
    "first-steps": (
        "admin",
        "collection-first-steps",
        ".o_debt_collection_onboarding_status",
    ),
    "first-steps-new": ("admin", "collection-first-steps", ".o_debt_collection_start"),
    "teams": ("collector", "collection-teams", LIST),
    "team": ("collector", "", ".o_form_view .o_field_widget"),
    "weights": ("admin", "", ".o_form_view .o_field_widget"),
    "desk-new": ("admin", "collection", ".o_debt_collection_first_steps"),
}
CHAT = ".o-mail-ChatWindow [title^='Close']"
# The part that scrolls is inside the page: how much of it is out of sight
HIDDEN = """() => Math.max(0, ...[...document.querySelectorAll(".o_action_manager *")]
    .filter((el) => /auto|scroll/.test(getComputedStyle(el).overflowY))
    .map((el) => el.scrollHeight - el.clientHeight))"""


def ask(walker, model, method, *args, **options):
    """What a person would look up, with his own session."""
    answer = walker.page.request.post(
        f"{walker.address}/web/dataset/call_kw/{model}/{method}",
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
    return answer["result"]


def find_customer(walker):
    """The address of a customer who hardly pays."""
    [row] = ask(
        walker,
        "debt.collection.portfolio",
        "search_read",
        [("risk", "in", ("bad", "poor"))],
        fields=["partner_id"],
        order="amount_overdue desc",
        limit=1,
    )
    return f"res.partner/{row['partner_id'][0]}"


def find_team(walker):
    """The address of the first team."""
    [team] = ask(walker, "debt.collection.team", "search", [], limit=1)
    return f"collection-teams/{team}"


def find_weights(walker):
    """The address of the weights of a company, which are made where there are none."""
    model = "debt.collection.weight"
    found = ask(walker, model, "search", [], limit=1) or ask(
        walker, model, "create", [{}]
    )
    return f"collection-weights/{found[0]}"


FINDERS = {"customer": find_customer, "team": find_team, "weights": find_weights}


def go_to_new_company(walker):
    """A company that was just founded, where nothing started yet."""
    companies = ask(
        walker, "res.company", "search", [("name", "=", "Newly Founded SRL")]
    )
    if not companies:
        companies = ask(
            walker, "res.company", "create", [{"name": "Newly Founded SRL"}]
        )
        admins = ask(walker, "res.users", "search", [("login", "=", "admin")])
        link = {"company_ids": [[4, companies[0]]]}
        ask(walker, "res.users", "write", admins, link)
    walker.context.add_cookies(
        [{"name": "cids", "value": str(companies[0]), "url": walker.address}]
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCREENS)
def test_screens(browser, name, size):
    who, path, selector = SCREENS[name]
    shots = Path(os.environ["DC_SMOKE_SHOTS"]) / "screens"
    shots.mkdir(exist_ok=True)
    walker = Walker(browser, os.environ["DC_SMOKE_URL"], shots, **SIZES[size])
    try:
        walker.login(who)
        if name.endswith("-new"):
            go_to_new_company(walker)
        walker.open(f"/odoo/{path or FINDERS[name](walker)}")
        walker.page.wait_for_selector(selector)
        walker.page.wait_for_timeout(2000)  # charts and avatars come after the rows
        if (chat := walker.page.locator(CHAT)).count():
            chat.first.click()  # Odoo's robot greets whoever logs in first
        view = SIZES[size]["viewport"]
        height = min(view["height"] + walker.page.evaluate(HIDDEN), 4000)
        walker.page.set_viewport_size({**view, "height": height})
        walker.page.wait_for_timeout(500)
        walker.shot(f"{name}-{size}")
        width = walker.page.evaluate("document.documentElement.scrollWidth")
        assert width <= view["width"], f"{name} is {width} wide"
        assert not walker.errors, "\n".join(walker.errors)
    finally:
        walker.close()
