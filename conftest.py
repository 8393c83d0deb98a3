"""What holds for every test: a warning in Odoo's log fails it.

A test that expects one says so with ``assertLogs`` or ``mute_logger``; warnings that
are not ours to mend stand in ``setup/dev/log-allowed.txt`` with their reason. Long
tests go first, so that two processes end together.
"""

import importlib.util
import logging
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent


def _allowed_patterns():
    path = ROOT / "setup" / "dev" / "check_log.py"
    spec = importlib.util.spec_from_file_location("check_log", path)
    check_log = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check_log)
    return check_log.allowed_patterns()


class _Collector(logging.Handler):
    """Keep the warnings of Odoo's loggers since the last look."""

    def __init__(self):
        super().__init__(level=logging.WARNING)
        self.allowed = _allowed_patterns()
        self.found = []

    def emit(self, record):
        if not record.name.startswith("odoo"):
            return
        line = f"{record.name}: {record.getMessage()}"
        if not any(pattern.search(line) for pattern in self.allowed):
            self.found.append(f"{record.levelname} {line}")

    def take(self):
        found, self.found = self.found, []
        return found


_collector = _Collector()


def pytest_sessionstart(session):
    logging.getLogger().addHandler(_collector)
    if os.environ.get("PYTEST_XDIST_WORKER"):
        _keep_files()


def _keep_files():
    """Leave the file store alone at the end of a class.

    The processes of a run share one file store; what one of them collects as garbage
    are the files of a test that another one is running.
    """
    from odoo.tests.common import TransactionCase

    TransactionCase._gc_filestore = classmethod(lambda cls: None)


def pytest_sessionfinish(session):
    logging.getLogger().removeHandler(_collector)


def _has_shared_files():
    """Whether what ./run left in the file store is there, where processes share one.

    Each works on a copy of the database, and Odoo's configuration names the shared
    store for every copy: who removes "the files of his copy" removes those of all.
    """
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        return False
    from odoo.tools import config

    return (Path(config.filestore(config["db_name"][0])) / ".assets").exists()


def _fail_on_lost_files(had_files):
    if had_files and not _has_shared_files():
        pytest.fail("this removed the files that all tests share", pytrace=False)


def _fail_on_warnings(item):
    found = _collector.take()
    if found:
        pytest.fail("Odoo's log has warnings:\n" + "\n".join(found), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    had_files = _has_shared_files()
    result = yield
    _fail_on_warnings(item)
    _fail_on_lost_files(had_files)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    _collector.take()
    had_files = _has_shared_files()
    result = yield
    _fail_on_warnings(item)
    _fail_on_lost_files(had_files)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Put what takes long first."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
