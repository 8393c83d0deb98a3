"""A page as a demanding visitor meets it: a picture, its width, and axe-core's verdict.

axe-core comes from npm, put in place by ``./run smoke``; it is no part of the addons.
"""

import os

SIZES = {
    "desktop": {"viewport": {"width": 1366, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
    },
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ("serious", "critical")
# Odoo's own mark of a provider in test mode carries a label where none may be
FOREIGN = [".o_payment_form .fa-exclamation-triangle"]


def open_browser(browser, size):
    """A fresh visitor: no cookie, no account, a screen of that size."""
    context = browser.new_context(**SIZES[size])
    context.set_default_timeout(60_000)
    return context


def look(page, shots, name, size):
    """Keep a picture of the whole page; fail where it is too wide or shuts people out.

    :param Path shots: the folder of the pictures
    :param str size: one of `SIZES`
    """
    page.wait_for_load_state("networkidle")
    page.screenshot(path=shots / f"{name}-{size}.png", full_page=True)
    width = page.evaluate("document.documentElement.scrollWidth")
    most = SIZES[size]["viewport"]["width"]
    assert width <= most, f"{name} is {width} wide on {most}"
    assert not (found := read_violations(page)), f"{name}\n" + "\n".join(found)


def read_violations(page):
    """What axe-core finds that keeps somebody out, a line each."""
    page.add_script_tag(path=os.environ["DC_SMOKE_AXE"])
    answer = page.evaluate(
        "([rules, foreign]) => axe.run({exclude: foreign}, {runOnly: rules})",
        [RULES, FOREIGN],
    )
    assert answer["passes"], "axe-core looked at nothing"
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for each in answer["violations"]
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]
