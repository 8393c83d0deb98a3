"""Odoo's own lint on the three addons.

Left out of `test_lint`: its manifests (it knows no keys of the community), and pylint,
eslint, conflict markers and translations, which `./run lint` and
`tests/test_translations.py` look at.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from odoo.modules import Manifest

import odoo.addons

ADDONS = ("debt_collection", "debt_collection_be_legal", "debt_collection_portal")
PACKAGE = "odoo.addons.test_lint.tests"

folders = [Path(path) / "test_lint" / "tests" for path in odoo.addons.__path__]
folder = next((path for path in folders if path.exists()), None)
if not folder:
    pytest.skip("this Odoo came without test_lint", allow_module_level=True)


def load(name):
    """A module of the lint, without the others that its package imports."""
    if PACKAGE not in sys.modules:
        package = ModuleType(PACKAGE)
        package.__path__ = [str(folder)]
        sys.modules[PACKAGE] = package
    return importlib.import_module(f"{PACKAGE}.{name}")


TestDocstring = load("test_docstring").TestDocstring
TestDunderinit = load("test_dunderinit").TestDunderinit
TestI18n = load("test_i18n").TestI18n
TestIndex = load("test_index").TestIndex
TestJsTranslations = load("test_jstranslate").TestJsTranslations
TestLintOverrideSignatures = load("test_override_signatures").TestLintOverrideSignatures
TestNaming = load("test_naming").TestNaming
TestOnchangeDomains = load("test_onchange_domains").TestOnchangeDomains
TestOrmImport = load("test_orm_import").TestDunderinit
TestRoutes = load("test_routes").RoutesLinter
TestTestHoles = load("test_test_holes").TestTestHoles


@pytest.fixture(autouse=True)
def ours_alone(monkeypatch):
    """The lint looks at our addons; docstrings are wanted of the code of ours."""
    ours = [Manifest.for_addon(name) for name in ADDONS]
    monkeypatch.setattr(Manifest, "all_addon_manifests", staticmethod(lambda: ours))
    monkeypatch.setattr(load("test_docstring"), "MODULES_TO_LINT", ADDONS)
