"""What the documentation says is there: commands, links, files, names, menus, buttons.

Pure: no database, no Odoo. A name that is not ours stands in `FOREIGN` with its reason.
"""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import polib
import pytest

ROOT = Path(__file__).resolve().parents[1]
ADDONS = ("debt_collection", "debt_collection_be_legal", "debt_collection_portal")
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")])
FRAGMENTS = sorted(ROOT.glob("debt_collection*/readme/*.rst"))
GUIDES = [ROOT / "docs" / "user_guide.md", ROOT / "docs" / "tutorials.md"]
#: words of Odoo's own screens, or of the demo
FOREIGN = {
    "Action",
    "Apps",
    "Archived",
    "General Settings",
    "My account",
    "Settings",
    "Users",
}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(
    r"^(?:\.ci|debt_collection\w*|docs|setup|tests|run)(?:/[\w.*<>{},-]+)*/?$"
)


def rel(path):
    return str(path.relative_to(ROOT))


@cache
def text(path):
    """The page on one line a paragraph, without its code blocks."""
    raw = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(?<=\S)\n(?=[^\n|#*\d-])\s*", " ", raw)


@cache
def sources():
    """All code of the checkout as one text: Python, XML, shell, data."""
    command = ["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True)
    kinds = (".py", ".xml", ".sh", ".csv", ".js", ".sql", ".toml")
    return "\n".join(
        (ROOT / name).read_text()
        for name in names.stdout.splitlines()
        if (name.endswith(kinds) or name == "run") and (ROOT / name).exists()
    )


def strays(pages, find):
    """What `find` yields for each page, with the page's name."""
    return [f"{rel(page)}: {one}" for page in pages for one in find(page)]


# === COMMANDS === #


def words(lines):
    return set(re.findall(r"[a-z]+(?:-[a-z]+)*", " ".join(lines)))


@cache
def commands():
    listed = (ROOT / "run").read_text().split("case $command in")[1]
    return words(re.findall(r"^  (.*?)\)", listed, re.M)) - {"h", "help"}


def test_every_command_exists():
    def find(page):
        for name in re.findall(r"\./run ([a-z][a-z-]*)", page.read_text()):
            if name not in commands() | {"help"}:
                yield f"./run {name}"

    assert strays([*PAGES, *FRAGMENTS], find) == []


def test_every_command_is_told():
    usage = (ROOT / "run").read_text().split("cat <<'EOF'")[1].split("\nEOF")[0]
    told = words(re.findall(r"^\./run (.*?)  ", usage, re.M))
    assert commands() - told == set()


def test_every_bench_exists():
    for page in PAGES:
        for name in re.findall(r"\./run bench ([a-z]+)", page.read_text()):
            path = ROOT / "tests" / "bench" / f"bench_{name}.py"
            assert path.exists(), f"{rel(page)}: {name}"


def test_scripts_and_options_of_the_machine_exist():
    known = (ROOT / "run").read_text() + (ROOT / "setup/dev/lib.sh").read_text()
    known += sources()

    def find(page):
        for name in re.findall(r"\b(DC_[A-Z_]+)\b", page.read_text()):
            if name not in known:
                yield name

    assert strays(PAGES, find) == []


# === LINKS, PICTURES, FILES === #


def anchors(page):
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_link_resolves():
    def find(page):
        for target in LINK.findall(page.read_text()):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            path = (page.parent / name) if name else page
            if path in made_pictures():
                continue
            if not path.exists() or (anchor and anchor not in anchors(path)):
                yield target

    assert strays(PAGES, find) == []


def test_every_page_is_reached_from_the_readme():
    seen, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        seen.add(page)
        for target in LINK.findall(page.read_text()):
            path = (page.parent / target.partition("#")[0]).resolve()
            if path.suffix == ".md" and path.exists() and path not in seen:
                todo.append(path)
    assert set(PAGES) - seen == set()


@cache
def pictures():
    """{name: (which walk, its file)} of what ``./run docs-pictures`` makes."""
    lines = (ROOT / "docs" / "pictures.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line and line[0] != "#"]
    return {name: (kind, file) for name, kind, file in rows}


def made_pictures():
    return {ROOT / "docs" / "pictures" / f"{name}.png" for name in pictures()}


def shown(page):
    """The pictures that a page shows."""
    yield from re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", page.read_text())


def test_every_picture_is_there_or_made_by_a_command():
    def find(page):
        for target in shown(page):
            path = page.parent / target
            if path not in made_pictures() and not path.exists():
                yield target
        for target in re.findall(r"\.\. (?:image|figure):: (\S+)", page.read_text()):
            if not (page.parent.parent / target.lstrip("./")).exists():
                yield target

    assert strays([*PAGES, *FRAGMENTS], find) == []
    for addon in ADDONS:
        assert (ROOT / addon / "static/description/icon.png").stat().st_size > 500


def test_every_picture_that_is_made_is_shown():
    seen = {Path(target).stem for page in PAGES for target in shown(page)}
    assert set(pictures()) - seen == set()


def test_the_walk_makes_what_the_list_picks():
    """A smoke test or the drawing of letters keeps the file of each picture."""
    smoke = "\n".join(path.read_text() for path in ROOT.glob("tests/smoke/*.py"))
    letters = (ROOT / "setup" / "dev" / "pictures.py").read_text()
    for kind, file in pictures().values():
        name = file.rsplit("/", 1)[-1]
        if kind == "smoke":
            name = re.sub(r"-(desktop|phone)$", "", name).removesuffix("-en")
        else:
            name = re.sub(r"-\d-en-\d+$|-en-\d+$", "", name)
        assert f'"{name}' in (smoke if kind == "smoke" else letters), file


def test_no_made_picture_is_kept():
    command = ["git", "-C", ROOT, "ls-files", "docs"]
    kept = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [one for one in kept.stdout.splitlines() if one.endswith(".png")] == []


def test_every_setting_is_told():
    """Each field of the settings stands in docs/configuration.md by its label."""
    page = text(ROOT / "docs" / "configuration.md")
    missing = []
    for path in ROOT.glob("debt_collection*/models/res_config_settings.py"):
        names = re.findall(
            r"^    (debt_collection_\w+) = fields", path.read_text(), re.M
        )
        labels = field_labels(path) | field_labels(path.with_name("res_company.py"))
        missing += [one for one in names if labels.get(one, one) not in page]
    assert missing == ["debt_collection_currency_id"]  # it is on no screen


def field_labels(path):
    """{field: its label} of the fields of a file that name one."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            for keyword in node.value.keywords:
                if keyword.arg == "string" and isinstance(node.targets[0], ast.Name):
                    found[node.targets[0].id] = ast.literal_eval(keyword.value)
    return found


def test_every_file_that_is_named_exists():
    def find(page):
        for name in CODE.findall(text(page)):
            if not PATH.match(name) or re.search(r"[<>{}]", name):
                continue
            if not any(ROOT.glob(name.rstrip("/"))) and not _is_word(name):
                yield name

    assert strays(PAGES, find) == []


def _is_word(name):
    """A word that looks like a file of the root: a table, a model, a module."""
    return "/" not in name and name in sources()


# === NAMES === #


def test_every_model_and_method_that_is_named_exists():
    def find(page):
        for name in CODE.findall(text(page)):
            model = re.search(r"\bdebt\.collection(?:\.[a-z]+)+", name)
            if (
                model
                and f'"{model[0]}"' not in sources()
                and f"{model[0]}." not in sources()
            ):
                yield name
            for method in re.findall(r"(?<![\w/])_[a-z][a-z0-9_]+\b", name):
                if not re.search(rf"\b{method}\b", sources()):
                    yield name

    assert strays(PAGES, find) == []


def test_every_test_that_is_named_exists():
    def find(page):
        for name in re.findall(r"\btest_[a-z0-9_]+\b", text(page)):
            if name not in sources() and not any(ROOT.rglob(f"{name}.py")):
                yield name

    assert strays(PAGES, find) == []


# === SCREENS === #


@cache
def menus():
    """The path of each menu of the addons, as the tuple of its names."""
    names, parents, titles = {}, {}, {}
    for path in (p for addon in ADDONS for p in (ROOT / addon).glob("*/*.xml")):
        for node in ElementTree.parse(path).iter():
            if node.tag == "record" and node.get("model", "").startswith("ir.actions"):
                for field in node.findall("field[@name='name']"):
                    titles[node.get("id")] = field.text
    for path in (p for addon in ADDONS for p in (ROOT / addon).glob("*/*.xml")):
        root = ElementTree.parse(path).getroot()
        _walk(root, None, names, parents, titles)
    found = []
    for key in names:
        trail, one = [], key
        while one in names:
            trail.insert(0, names[one])
            one = parents.get(one)
        found.append(tuple(trail))
    return found


def _walk(node, parent, names, parents, titles):
    for child in node:
        inner = parent
        if child.tag == "menuitem":
            key = child.get("id").split(".")[-1]
            action = (child.get("action") or "").split(".")[-1]
            names[key] = child.get("name") or titles.get(action, key)
            parents[key] = (child.get("parent") or parent or "").split(".")[-1]
            inner = key
        elif child.tag == "record" and child.get("model") == "ir.ui.menu":
            key = child.get("id").split(".")[-1]
            fields = {field.get("name"): field for field in child}
            if "name" in fields:
                names[key] = fields["name"].text
            if "parent_id" in fields:
                parents[key] = (fields["parent_id"].get("ref") or "").split(".")[-1]
        _walk(child, inner, names, parents, titles)


@cache
def terms():
    """Every term of the screens, as the translators get it."""
    return {
        re.sub(r"\s+", " ", entry.msgid)
        for addon in ADDONS
        for entry in polib.pofile(ROOT / addon / "i18n" / f"{addon}.pot")
    }


def paths(page):
    """The ways through menus that a page names: (first, ..., last)."""
    for found in re.findall(
        r"(?<![\w_])_([A-Z][^_`|]*? > [^_`|]+?)_(?![\w_])", text(page)
    ):
        yield tuple(part.strip() for part in re.sub(r"\s+", " ", found).split(" > "))


def is_menu(way):
    return any(
        trail[start : start + len(way)] == way
        for trail in menus()
        for start in range(len(trail))
    )


def test_every_way_through_the_menus_exists():
    """A menu; or a setting, a page or an action that the screens have a term for."""

    def find(page):
        for way in paths(page):
            if is_menu(way):
                continue
            strange = [one for one in way if one not in terms() | FOREIGN]
            inside = way[0] in FOREIGN or any(
                is_menu(way[:n]) for n in range(1, len(way))
            )
            if strange or not (inside or way[0] in terms()):
                yield " > ".join(way)

    assert list(menus())
    assert strays(PAGES, find) == []


def test_every_button_of_the_guides_exists():
    """An italic word with a capital is on a screen."""

    def find(page):
        for found in re.findall(
            r"(?<![\w_])_([A-Z][^_`|>]{2,60}?)_(?![\w_])", text(page)
        ):
            name = re.sub(r"\s+", " ", found).rstrip(".:")
            if name in FOREIGN or name in terms():
                continue
            told = f">{name}<" in sources() or f'"{name}"' in sources()
            if not told and not is_menu((name,)):
                yield name

    assert strays([page for page in GUIDES if page.exists()], find) == []


# === THE EXAMPLES === #


@pytest.mark.parametrize("number", range(1, 13))
def test_every_scenario_is_a_tutorial(number):
    page = (ROOT / "docs" / "tutorials.md").read_text()
    assert re.search(rf"^## S{number} ", page, re.M)


def test_the_questions_of_a_regime_are_those_of_the_guide():
    path = ROOT / "debt_collection" / "models" / "debt_collection_regime.py"
    tree = ast.parse(path.read_text())
    methods = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    }
    page = ROOT / "docs" / "add_a_country.md"
    named = set(re.findall(r"`(_[a-z_]+)`", page.read_text()))
    assert named - methods == {"_get_text_templates"}
