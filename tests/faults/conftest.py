"""One arena for the folder, a fresh database for each test."""

from types import SimpleNamespace

import pytest
from faults_arena import Arena, MailServer

#: the companies that every test begins with, and their zones
COMPANIES = {"Creditor SA": "Europe/Brussels", "Creditor Ltd": "Pacific/Auckland"}


@pytest.fixture(scope="session")
def stage(tmp_path_factory):
    """The arena, its base database made: the companies, no debtor yet."""
    config = pytest.importorskip("odoo.tools").config
    if not config["db_name"]:
        pytest.skip("needs a database with the addons")
    source = config["db_name"][0]
    folder = tmp_path_factory.mktemp("faults")
    arena = Arena(config, source, f"{source}_faults", folder)
    try:
        arena.make_base()
        arena.reset()
        arena.start()
        arena.companies = arena.do("make_world", companies=COMPANIES)
        arena.keep_as_base()
        yield arena
    finally:
        arena.stop()


@pytest.fixture
def arena(stage):
    """The arena on a fresh database, one company of it at work."""
    stage.reset()
    stage.company = stage.companies["Creditor SA"]
    other = stage.companies["Creditor Ltd"]
    stage.sql("UPDATE res_company SET debt_collection_paused = id <> %s", stage.company)
    stage.other = SimpleNamespace(company=other)
    return stage


@pytest.fixture
def mail(arena):
    """A mail server that takes everything."""
    with MailServer(arena.mail_port) as server:
        yield server
