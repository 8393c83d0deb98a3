"""One arena for the folder, a fresh database for each test."""

import os
from pathlib import Path

import pytest
from faults_arena import Arena, MailServer

#: the companies that every test begins with, and their zones
COMPANIES = {"Creditor SA": "Europe/Brussels", "Creditor Ltd": "Pacific/Auckland"}


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """The arena, its base database made: the companies, no debtor yet."""
    config = pytest.importorskip("odoo.tools").config
    if not config["db_name"]:
        pytest.skip("needs a database with the addons")
    source = config["db_name"][0]
    database = f"{source}_faults{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    arena = Arena(config, source, database, tmp_path_factory.mktemp("faults"))
    try:
        arena.make_base()
        assert Path(config.filestore(source)).is_dir(), "files of the tests are gone"
        arena.reset()
        arena.start()
        arena.companies = arena.do("make_world", companies=COMPANIES)
        arena.save()
        arena.end()
        yield arena
    finally:
        arena.stop()


@pytest.fixture(scope="module")
def stage(world):
    """The arena with its program, which Odoo's own test classes would end."""
    world.reset()
    world.start()
    yield world
    world.end()


@pytest.fixture
def arena(stage):
    """The arena on a fresh database, one company of it at work."""
    stage.reset()
    stage.company = stage.companies["Creditor SA"]
    stage.other_company = stage.companies["Creditor Ltd"]
    stage.let_work(stage.company)
    return stage


@pytest.fixture
def mail(arena):
    """A mail server that takes everything."""
    with MailServer(arena.mail_port) as server:
        yield server
