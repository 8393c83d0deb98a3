"""Make README.rst and static/description/index.html of each addon from readme/*.rst.

``--write`` writes what differs; without it, what differs is named and the end is 1.
"""

import ast
import sys
from pathlib import Path

from docutils.core import publish_parts

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = (  # fragment, title
    ("DESCRIPTION", None),
    ("CONTEXT", "Use cases"),
    ("INSTALL", "Installation"),
    ("CONFIGURE", "Configuration"),
    ("USAGE", "Usage"),
    ("ROADMAP", "Known issues and what comes next"),
    ("HISTORY", "Changelog"),
    ("CONTRIBUTORS", "Contributors"),
    ("CREDITS", "Other credits"),
)
NOTE = ".. Written by setup/dev/readme.py from readme/*.rst: change it there."


def heading(text, mark):
    return f"{text}\n{mark * len(text)}"


def readme(addon):
    """Return the text of README.rst."""
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
    blocks = [heading(manifest["name"], "="), NOTE]
    body = []
    for name, title in SECTIONS:
        fragment = addon / "readme" / f"{name}.rst"
        if not fragment.exists():
            continue
        target = body if title else blocks
        if title:
            target.append(heading(title, "="))
        # pictures are named from the fragment; the README stands one folder up
        words = fragment.read_text().strip()
        target.append(words.replace(":: ../static/", ":: static/"))
    if body:
        blocks.append("**Table of contents**\n\n.. contents::\n   :local:")
    body.append(heading("Authors and licence", "="))
    body.append(f"* {manifest['author']}\n\nLicence: {manifest['license']}.")
    return "\n\n".join(blocks + body) + "\n"


def index(text):
    """Return the page that Odoo shows for the addon; a wrong fragment raises."""
    parts = publish_parts(
        # Odoo looks for the pictures of this page beside it
        text.replace(":: static/description/", ":: "),
        writer_name="html5",
        settings_overrides={
            "embed_stylesheet": False,
            "halt_level": 2,
            "initial_header_level": 2,
            "report_level": 2,
            "stylesheet_path": None,
            "syntax_highlight": "none",
            "file_insertion_enabled": False,
            "raw_enabled": False,
        },
    )
    return f'<section class="oe_container">\n{parts["html_body"].strip()}\n</section>\n'


def stale(addon, write):
    """Yield the files that are not what the fragments make of them."""
    text = readme(addon)
    page = addon / "static" / "description" / "index.html"
    for path, content in ((addon / "README.rst", text), (page, index(text))):
        if path.exists() and path.read_text() == content:
            continue
        yield path.relative_to(ROOT)
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)


if __name__ == "__main__":
    write = "--write" in sys.argv[1:]
    found = [
        path
        for manifest in sorted(ROOT.glob("*/__manifest__.py"))
        for path in stale(manifest.parent, write)
    ]
    for path in found:
        print(f"{path}: {'written' if write else 'not current, ./run fmt writes it'}")
    sys.exit(bool(found) and not write)
