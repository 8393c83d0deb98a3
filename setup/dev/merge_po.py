"""Bring i18n/*.pot into a form that does not change by itself, and merge the .po files.

Called with the names of addons; says what a language still lacks.
"""

import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[2]


def settle(path):
    """Drop from a .pot what changes at each export: dates."""
    pot = polib.pofile(str(path), wrapwidth=78)
    for key in ("POT-Creation-Date", "PO-Revision-Date"):
        pot.metadata.pop(key, None)
    pot.save()
    return pot


def merge(path, pot):
    """Merge a .po with its .pot; return how many entries are missing or fuzzy."""
    po = polib.pofile(str(path), wrapwidth=78)
    po.merge(pot)
    for entry in po.obsolete_entries():
        po.remove(entry)
    po.save()
    return len(po.untranslated_entries()), len(po.fuzzy_entries())


for addon in sys.argv[1:]:
    folder = ROOT / addon / "i18n"
    template = settle(folder / f"{addon}.pot")
    print(f"{addon}: {len(template)} terms")
    for path in sorted(folder.glob("*.po")):
        missing, fuzzy = merge(path, template)
        print(f"  {path.name}: {missing} missing, {fuzzy} fuzzy")
