"""Versions, requirements and the changelog follow from manifests and fragments."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "setup" / "dev"))
import covered  # noqa: E402
import packages  # noqa: E402

DAY = date(2026, 12, 1)


@pytest.fixture
def copy(tmp_path):
    """The parts of the checkout that a release changes, with news to tell."""
    for addon in packages.manifests(ROOT):
        folder = tmp_path / addon
        folder.mkdir()
        shutil.copy(ROOT / addon / "__manifest__.py", folder)
        shutil.copytree(ROOT / addon / "readme", folder / "readme")
        (folder / "readme" / "HISTORY.rst").unlink(missing_ok=True)
        news = folder / "readme" / "newsfragments"
        shutil.rmtree(news, ignore_errors=True)  # after a release there are none
        news.mkdir()
        (news / "3.first.feature").write_text("A first thing.\n")
        (news / "4.second.bugfix").write_text("A second thing.\n")
        if (ROOT / addon / "migrations").exists():
            shutil.copytree(ROOT / addon / "migrations", folder / "migrations")
    shutil.copytree(ROOT / "setup" / "_metapackage", tmp_path / "setup/_metapackage")
    return tmp_path


def test_requirements_are_those_of_the_manifests():
    assert (ROOT / "requirements.txt").read_text() == packages.requirements(ROOT)


def test_the_metapackage_installs_every_addon():
    path = ROOT / "setup" / "_metapackage" / "pyproject.toml"
    assert path.read_text() == packages.metapackage(ROOT)
    for addon in packages.manifests(ROOT):
        assert f'"odoo-addon-{addon}==19.0.*"' in path.read_text()


def test_versions_migrations_and_fragments_are_sound():
    assert list(packages.flaws(ROOT)) == []


def test_flaws_are_named(copy):
    fragment = copy / "debt_collection" / "readme" / "newsfragments" / "words.misc"
    fragment.write_text("")
    (copy / "debt_collection" / "migrations" / "19.0.99.0.0").mkdir(parents=True)
    manifest = copy / "debt_collection_portal" / "__manifest__.py"
    manifest.write_text(
        manifest.read_text().replace('"version": "19.0', '"version": "18.0')
    )
    found = "\n".join(packages.flaws(copy))
    for words in (
        "several versions",
        "debt_collection_portal: 18.0",
        "migrations/19.0.99.0.0 is later than",
        "no kind of feature, bugfix, doc",
        "begins with no issue",
        "is empty",
    ):
        assert words in found


def test_a_release_gathers_the_fragments(copy):
    addon = copy / "debt_collection"
    news = packages.fragments(addon)
    news[0].with_name("7.zz-last.feature").write_text("Something\nnew.\n")
    count = len(news) + 1
    packages.release(copy, "98.0.0", DAY)
    assert {m["version"] for m in packages.manifests(copy).values()} == {"19.0.98.0.0"}
    history = (addon / "readme" / "HISTORY.rst").read_text()
    assert history.startswith("19.0.98.0.0 (2026-12-01)\n~~~~~~~~~~~~~~~~~~~~~~~~\n")
    assert history.count("\n* ") == count
    assert "* Something new. (#7)" in history
    assert packages.fragments(addon) == []
    text = (copy / "setup" / "_metapackage" / "pyproject.toml").read_text()
    assert 'version = "19.0.20261201"' in text


def test_a_later_release_stands_above_the_older_one(copy):
    packages.release(copy, "98.0.0", DAY)
    addon = copy / "debt_collection"
    (addon / "readme" / "newsfragments" / "99.bugfix").write_text("Mended.")
    packages.release(copy, "98.0.1", DAY)
    history = (addon / "readme" / "HISTORY.rst").read_text()
    assert history.index("19.0.98.0.1") < history.index("19.0.98.0.0")
    assert history.count("Mended.") == 1


def test_a_release_goes_forward_and_by_three_numbers(copy):
    for version in ("0.0.1", "98.0", "next"):
        with pytest.raises(SystemExit):
            packages.release(copy, version, DAY)


def test_a_preview_tells_and_changes_nothing(copy):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    told = "\n".join(packages.preview(copy, "98.0.0", DAY))
    after = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert before == after
    news = packages.fragments(copy / "debt_collection")
    assert f"== debt_collection 19.0.98.0.0: {len(news)} fragments" in told
    assert "19.0.98.0.0 (2026-12-01)" in told
    packages.release(copy, "98.0.0", DAY)
    for addon in packages.manifests(copy):
        history = copy / addon / "readme" / "HISTORY.rst"
        assert not history.exists() or history.read_text() in told


def test_the_release_before_is_the_highest_tag_behind_this_commit(tmp_path):
    def git(*arguments):
        who = ("-c", "user.name=Somebody", "-c", "user.email=some@body.example")
        subprocess.run(
            ["git", *who, "-C", tmp_path, *arguments], check=True, capture_output=True
        )

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "first")
    assert packages.previous_tag(tmp_path) == ""
    git("tag", "19.0.1.2.0")
    assert packages.previous_tag(tmp_path) == ""  # it is this one
    git("commit", "-q", "--allow-empty", "-m", "second")
    assert packages.previous_tag(tmp_path) == "19.0.1.2.0"
    git("tag", "19.0.1.10.0")
    git("tag", "next")
    git("commit", "-q", "--allow-empty", "-m", "third")
    assert packages.previous_tag(tmp_path) == "19.0.1.10.0"


def test_the_measure_of_lines_names_what_nobody_ran():
    files = {
        "debt_collection/models/one.py": {
            "missing_lines": [9, 3, 7, 8],
            "summary": {"covered_lines": 96, "num_statements": 100},
        },
        "debt_collection_portal/models/two.py": {
            "missing_lines": [1],
            "summary": {"covered_lines": 9, "num_statements": 10},
        },
    }
    assert list(covered.report(files)) == [
        "debt_collection/models/one.py: 3, 7-9",
        "debt_collection_portal/models/two.py: 1",
        "debt_collection: 96.0 % of 100 lines",
        "debt_collection_portal: 90.0 % of 10 lines (aim: 95 %)",
    ]
    page = covered.page(files, "0a1b2c3")
    assert "| `debt_collection_portal` | 10 | 90.0 % |" in page
    assert "- `debt_collection/models/one.py`: 3, 7-9\n" in page
    assert "of commit 0a1b2c3" in page
