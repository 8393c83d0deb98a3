"""A browser on the running demo: pictures, and no error on its console.

``./run smoke`` starts the server and sets the environment.
"""

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

#: what the console may say without a test failing, with the reason
HARMLESS = (
    r"favicon",  # a page without an icon of its own
    r"net::ERR_ABORTED",  # a request left behind by a change of page
)


class Walker:
    """One person in a browser; keeps what the console complained about."""

    def __init__(self, browser, address, shots, **options):
        self.address = address
        self.shots = shots
        self.errors = []
        options.setdefault("viewport", {"width": 1366, "height": 900})
        self.context = browser.new_context(accept_downloads=True, **options)
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self._keep(str(error)))

    def _on_console(self, message):
        if message.type == "error":
            self._keep(message.text)

    def _keep(self, text):
        if not any(re.search(pattern, text) for pattern in HARMLESS):
            self.errors.append(text)

    def login(self, name, password=None):
        """Log in as somebody and wait for the first screen."""
        self.open("/web/login")
        self.page.fill("input[name=login]", name)
        self.page.fill("input[name=password]", password or name)
        self.page.click(".oe_login_form button[type=submit]")
        inside = ".o_main_navbar, .o_portal, .o_portal_my_home"
        self.page.wait_for_selector(f"{inside}, .oe_login_form .alert-danger")
        assert self.page.locator(inside).count(), f"{name} cannot log in"

    def open(self, path):
        """Go to a path of the demo; anything but success is an error."""
        answer = self.page.goto(self.address + path)
        assert answer is None or answer.ok, f"{path}: {answer.status}"

    def wait(self, selector):
        """Wait until something can be seen, and return it."""
        self.page.wait_for_selector(selector)
        return self.page.locator(selector)

    def shot(self, name):
        """Keep a picture of the whole page."""
        self.page.screenshot(path=self.shots / f"{name}.png", full_page=True)

    def close(self):
        self.context.close()


@pytest.fixture(scope="session")
def browser():
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    assert binary, "no browser: ./run smoke installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=binary, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def walker(browser, request):
    """Return a person before the login page; the console must stay quiet."""
    shots = Path(os.environ["DC_SMOKE_SHOTS"])
    walker = Walker(browser, os.environ["DC_SMOKE_URL"], shots)
    yield walker
    walker.shot(f"{request.node.name}-end")
    walker.close()
    assert not walker.errors, "\n".join(walker.errors)
