"""The map of the house, held by tests: what may stand where.

No database and no Odoo is needed; the addons are read as text and as syntax trees.
"""

import ast
import csv
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGINE = "debt_collection"
BELGIUM = "debt_collection_be_legal"
PORTAL = "debt_collection_portal"
ADDONS = [
    name
    for name in (ENGINE, BELGIUM, PORTAL)
    if (ROOT / name / "__manifest__.py").exists()
]

DEPENDS = {
    ENGINE: {"account", "account_qr_code_sepa"},
    BELGIUM: {ENGINE},
    PORTAL: {ENGINE, "account_payment"},
}
FOLDERS = {
    "cli",
    "controllers",
    "data",
    "demo",
    "i18n",
    "migrations",
    "models",
    "readme",
    "report",
    "security",
    "static",
    "tests",
    "tools",
    "views",
    "wizard",
}
#: words of one country; a name, a body, a tax, a way to pay, a key of its regimes
COUNTRY_WORDS = re.compile(
    r"""belg | \bbe_(b2b|b2c|b2g|legal) | \bl10n_be | vlaams | wallon | bruxel | brussel
    | \bondernemings | num[ée]ro\sd.entreprise | \bKBO\b | \bBCE\b | \bCBE\b
    | \bRCI\b | \bIOS\b | huissier | gerechtsdeurwaarder | \bCCP\b | onbetwiste
    | bancontact | payconiq | \bitsme\b | \bOGM\b | \bVCS\b
    | \bWER\b | \bCDE\b | \bXIX\. | code\sjudiciaire | gerechtelijk\swetboek
    | art\.?\s1394 | 2\s(august|ao[uû]t)\s2002
    | \bjustel\b | moniteur | staatsblad | regsol | peppol-be | \bnotaris
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: where the words of a country may stand in the engine: an invented world lives
#: somewhere, and languages are named
COUNTRY_FREE = ("demo/", "i18n/", "readme/", "static/description/", "README.rst")
#: words of Odoo Enterprise: never in the name of a model or of a field
FOREIGN_WORDS = re.compile(r"follow_?up|followup|reminder")
#: fields of Odoo itself that carry them
FOREIGN_FIELDS = {"no_followup"}
#: code that answers for the law: regimes, and what they ask by country
REGIME_CODE = re.compile(r"/models/debt_collection_(regime|be)(_\w+)?\.py$")
#: none, one, one less: they count and do sums; every other number is a row
PLAIN_NUMBERS = {-1, 0, 1}
#: comparisons with one that are the meaning of a word, not a threshold of the law
PLAIN_COMPARISONS = {"facts.instalments > 1": "a schedule has more than one instalment"}
#: files in which the day may be read from the clock: the outermost layer
CLOCK = re.compile(r"(^|/)(demo|tests|controllers)/")


def rel(path):
    return str(path.relative_to(ROOT))


@cache
def python_files(addon):
    """Return the addon's Python files with their trees, tests left out."""
    paths = sorted((ROOT / addon).rglob("*.py"))
    return [
        (path, ast.parse(path.read_text(), rel(path)))
        for path in paths
        if "tests" not in path.parts
    ]


def manifest(addon):
    return ast.literal_eval((ROOT / addon / "__manifest__.py").read_text())


def class_value(node, name):
    """Return the literal that a class body gives to a name, or None."""
    for item in node.body:
        if isinstance(item, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name
            for target in item.targets
        ):
            try:
                return ast.literal_eval(item.value)
            except ValueError:
                return None
    return None


def bases(node):
    return {base.attr for base in node.bases if isinstance(base, ast.Attribute)}


@cache
def models(addon):
    """Return (path, class, model name, is new, kind) of each model of the addon."""
    found = []
    for path, tree in python_files(addon):
        for node in tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            kind = bases(node) & {"Model", "TransientModel", "AbstractModel"}
            if not kind:
                continue
            name = class_value(node, "_name")
            inherit = class_value(node, "_inherit")
            if isinstance(inherit, list):
                inherit = inherit[0] if len(inherit) == 1 else None
            new = bool(name) and name != inherit
            found.append((path, node, name or inherit, new, kind.pop()))
    return found


def fields(node):
    """Yield the names that a class declares as fields, with their call."""
    for item in node.body:
        if not (isinstance(item, ast.Assign) and isinstance(item.value, ast.Call)):
            continue
        call = item.value.func
        if (
            isinstance(call, ast.Attribute)
            and isinstance(call.value, ast.Name)
            and call.value.id == "fields"
        ):
            for target in item.targets:
                yield target.id, item.value


def report(lines):
    assert not lines, "\n" + "\n".join(lines)


# === MANIFESTS AND LAYOUT === #


@pytest.mark.parametrize("addon", ADDONS)
def test_depends(addon):
    """The engine needs accounting only; the two plugs do not know each other."""
    assert set(manifest(addon)["depends"]) == DEPENDS[addon]


@pytest.mark.parametrize("addon", ADDONS)
def test_manifest(addon):
    found = manifest(addon)
    assert found["license"] == "LGPL-3"
    assert re.fullmatch(r"19\.0\.\d+\.\d+\.\d+", found["version"])
    assert "description" not in found
    missing = [
        name
        for name in found.get("data", []) + found.get("demo", [])
        if not (ROOT / addon / name).is_file()
    ]
    report([f"{addon}: {name} does not exist" for name in missing])


@pytest.mark.parametrize("addon", ADDONS)
def test_every_data_file_is_loaded(addon):
    """A view, a rule or a row that no manifest names is dead."""
    named = set(manifest(addon).get("data", []) + manifest(addon).get("demo", []))
    found = [
        str(path.relative_to(ROOT / addon))
        for folder in ("data", "demo", "report", "security", "views", "wizard")
        for path in sorted((ROOT / addon / folder).rglob("*"))
        if path.suffix in (".xml", ".csv")
    ]
    report(
        [
            f"{addon}: {name} is not in the manifest"
            for name in found
            if name not in named
        ]
    )


@pytest.mark.parametrize("addon", ADDONS)
def test_folders(addon):
    found = {
        path.name
        for path in (ROOT / addon).iterdir()
        if path.is_dir() and path.name != "__pycache__"
    }
    assert found <= FOLDERS


@pytest.mark.parametrize("addon", ADDONS)
def test_tests_are_imported(addon):
    """A test that its package does not import never runs in Odoo's own runner."""
    folder = ROOT / addon / "tests"
    assert folder.is_dir(), f"{addon} has no tests"
    imported = (folder / "__init__.py").read_text()
    report(
        [
            f"{rel(path)} is not imported by its package"
            for path in sorted(folder.glob("test_*.py"))
            if not re.search(rf"^from \. import {path.stem}$", imported, re.MULTILINE)
        ]
    )


# === WHO KNOWS WHOM === #


def imported_modules(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


@pytest.mark.parametrize("addon", ADDONS)
def test_imports_follow_the_manifest(addon):
    """An addon imports only what it depends on; Odoo's inner rooms not at all."""
    allowed = {addon} | {
        name for first in DEPENDS[addon] for name in {first} | DEPENDS.get(first, set())
    }
    wrong = []
    for path, tree in python_files(addon):
        for name in imported_modules(tree):
            parts = name.split(".")
            if parts[:2] == ["odoo", "orm"]:
                wrong.append(f"{rel(path)}: {name}")
            if parts[:2] == ["odoo", "addons"] and len(parts) > 2:
                if parts[2] not in allowed | {
                    "base",
                    "mail",
                    "portal",
                    "web",
                    "payment",
                }:
                    wrong.append(f"{rel(path)}: {name}")
    report(wrong)


@pytest.mark.parametrize(("addon", "stranger"), [(ENGINE, BELGIUM), (ENGINE, PORTAL)])
def test_engine_names_no_plug(addon, stranger):
    wrong = [
        f"{rel(path)}:{number}: {line.strip()}"
        for path in text_files(addon)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if stranger in line
        and not path.match("*/readme/*")
        and path.name != "README.rst"
    ]
    report([line for line in wrong if "index.html" not in line])


@pytest.mark.parametrize(("addon", "stranger"), [(BELGIUM, PORTAL), (PORTAL, BELGIUM)])
def test_plugs_do_not_know_each_other(addon, stranger):
    if addon not in ADDONS:
        pytest.skip(f"{addon} is not here")
    code = [
        path for path in text_files(addon) if path.suffix in (".py", ".xml", ".csv")
    ]
    report([rel(path) for path in code if stranger in path.read_text()])


def test_arithmetic_needs_no_odoo():
    """``tools`` can be read, run and tested by somebody who has no Odoo."""
    wrong = [
        f"{rel(path)}: {name}"
        for path in sorted((ROOT / ENGINE / "tools").rglob("*.py"))
        for name in imported_modules(ast.parse(path.read_text()))
        if name.split(".")[0] in ("odoo", "psycopg2")
    ]
    report(wrong)


def test_arithmetic_is_exact():
    """Money never passes through a binary fraction."""
    wrong = []
    for path in sorted((ROOT / ENGINE / "tools").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float":
                wrong.append(f"{rel(path)}:{node.lineno}: float()")
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                wrong.append(f"{rel(path)}:{node.lineno}: {node.value}")
    report(wrong)


@cache
def text_files(addon):
    kinds = {
        ".py",
        ".xml",
        ".csv",
        ".js",
        ".scss",
        ".rst",
        ".md",
        ".html",
        ".po",
        ".pot",
    }
    return [
        path
        for path in sorted((ROOT / addon).rglob("*"))
        if path.suffix in kinds and "__pycache__" not in path.parts
    ]


def test_engine_knows_no_country():
    """Not one word of Belgium: another country's plug must find nothing in its way."""
    wrong = []
    for path in text_files(ENGINE):
        if str(path.relative_to(ROOT / ENGINE)).startswith(COUNTRY_FREE):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            word = COUNTRY_WORDS.search(line)
            if word:
                wrong.append(
                    f"{rel(path)}:{number}: {word[0]!r} in {line.strip()[:90]}"
                )
    report(wrong)


def test_portal_holds_no_country():
    if PORTAL not in ADDONS:
        pytest.skip("no portal here")
    wrong = [
        f"{rel(path)}: {word[0]!r}"
        for path in text_files(PORTAL)
        if path.suffix in (".py", ".xml", ".js")
        and "demo" not in path.parts
        and (word := COUNTRY_WORDS.search(path.read_text()))
    ]
    report(wrong)


# === MODELS === #


@pytest.mark.parametrize("addon", ADDONS)
def test_one_model_per_file(addon):
    """The file is named after the model, and the class too."""
    wrong, seen = [], {}
    for path, node, name, _new, _kind in models(addon):
        if not name or name.startswith("report."):
            continue  # a report's values are named after its template
        seen.setdefault(path, []).append(name)
        if path.stem != name.replace(".", "_"):
            wrong.append(f"{rel(path)}: holds {name}")
        if node.name.lower() != re.sub(r"[._]", "", name):
            wrong.append(f"{rel(path)}: class {node.name} for {name}")
    wrong += [
        f"{rel(path)}: {', '.join(names)}"
        for path, names in seen.items()
        if len(names) > 1
    ]
    report(wrong)


@pytest.mark.parametrize("addon", ADDONS)
def test_wizards_stand_apart(addon):
    report(
        [
            f"{rel(path)}: {name} is a {kind}"
            for path, _node, name, new, kind in models(addon)
            if new
            and (kind == "TransientModel") != ("wizard" in path.parts)
            and (kind == "TransientModel" or "wizard" in path.parts)
        ]
    )


@pytest.mark.parametrize("addon", ADDONS)
def test_every_model_says_who_may(addon):
    """A model without a row of access rights is one that nobody thought about."""
    path = ROOT / addon / "security" / "ir.model.access.csv"
    rows = list(csv.DictReader(path.open())) if path.exists() else []
    key = "model_id:id" if rows and "model_id:id" in rows[0] else "model_id/id"
    known = {row[key].rpartition(".")[2] for row in rows}
    report(
        [
            f"{rel(file)}: no access rights for {name}"
            for file, _node, name, new, kind in models(addon)
            if new
            and kind != "AbstractModel"
            and f"model_{name.replace('.', '_')}" not in known
        ]
    )


@pytest.mark.parametrize("addon", ADDONS)
def test_access_csv_gives_no_right_to_everybody(addon):
    path = ROOT / addon / "security" / "ir.model.access.csv"
    rows = list(csv.DictReader(path.open())) if path.exists() else []
    wrong = []
    for row in rows:
        group = row.get("group_id:id", row.get("group_id/id"))
        rights = [
            row[f"perm_{right}"] for right in ("read", "write", "create", "unlink")
        ]
        if not group and "1" in rights:
            wrong.append(f"{addon}: {row['id']} gives a right to everybody")
    report(wrong)


@pytest.mark.parametrize("addon", ADDONS)
def test_words_of_others(addon):
    """Odoo Enterprise owns two words; a model or field of ours never carries them."""
    wrong = []
    for path, node, name, new, _kind in models(addon):
        if new and FOREIGN_WORDS.search(name):
            wrong.append(f"{rel(path)}: model {name}")
        wrong += [
            f"{rel(path)}: field {field}"
            for field, _call in fields(node)
            if FOREIGN_WORDS.search(field) and field not in FOREIGN_FIELDS
        ]
    report(wrong)


@pytest.mark.parametrize("addon", ADDONS)
def test_money_is_monetary(addon):
    """An amount knows its currency."""
    wrong = []
    for path, node, name, _new, _kind in models(addon):
        for field, call in fields(node):
            if call.func.attr == "Float" and re.search(
                r"amount|balance|residual|principal|interest(?!_rate)|price|fee$", field
            ):
                wrong.append(f"{rel(path)}: {name}.{field}")
    report(wrong)


# === HABITS === #


def unexplained(addon, wanted):
    """Return the calls without a comment on their line or on one of the two above."""
    wrong = []
    for path, tree in python_files(addon):
        lines = path.read_text().splitlines()
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and wanted(ast.unparse(node.func))):
                continue
            end = node.func.end_lineno
            if not any("#" in line for line in lines[max(0, end - 3) : end]):
                wrong.append(f"{rel(path)}:{end}: {lines[end - 1].strip()}")
    return wrong


@pytest.mark.parametrize("addon", ADDONS)
def test_sudo_says_why(addon):
    """Rights are left aside for a reason that the reader can see."""
    report(unexplained(addon, lambda call: call.endswith(".sudo")))


@pytest.mark.parametrize("addon", ADDONS)
def test_commit_says_why(addon):
    """A transaction is ended by hand for a reason that the reader can see."""
    report(unexplained(addon, lambda c: c.endswith(("cr.commit", "cr.rollback"))))


@pytest.mark.parametrize("addon", ADDONS)
def test_the_day_is_a_parameter(addon):
    """Only the outermost layer asks what day it is, and asks for a time zone's day."""
    wrong = []
    for path, tree in python_files(addon):
        if CLOCK.search(rel(path)):
            continue
        for node in ast.walk(tree):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            ):
                continue
            spoken = ast.unparse(node.func)
            if spoken in ("date.today", "fields.Date.today", "datetime.date.today") or (
                spoken in ("datetime.now", "datetime.utcnow", "datetime.today")
                and not node.args
            ):
                wrong.append(f"{rel(path)}:{node.lineno}: {spoken}()")
    report(wrong)


@pytest.mark.parametrize("addon", ADDONS)
def test_methods_are_small(addon):
    """No function of more than fifty lines, half of them at most ten."""
    lengths, wrong = [], []
    for path, tree in python_files(addon):
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            length = node.end_lineno - node.lineno + 1
            doc = node.body[0] if ast.get_docstring(node) else None
            length -= (doc.end_lineno - doc.lineno + 1) if doc else 0
            lengths.append(length)
            if length > 50:
                wrong.append(f"{rel(path)}:{node.lineno}: {node.name}, {length} lines")
    report(wrong)
    if lengths:
        assert sorted(lengths)[len(lengths) // 2] <= 10


@pytest.mark.parametrize("addon", ADDONS)
def test_nothing_is_faked(addon):
    """Tests do not replace Odoo, the database, the letter or the mail server."""
    folders = [ROOT / addon / "tests"] + ([ROOT / "tests"] if addon == ENGINE else [])
    wrong = []
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                if isinstance(node, ast.Name) and node.id in ("MagicMock", "Mock"):
                    wrong.append(f"{rel(path)}:{node.lineno}: {node.id}")
                if (
                    isinstance(node, ast.Call)
                    and ast.unparse(node.func) == "time.sleep"
                ):
                    wrong.append(f"{rel(path)}:{node.lineno}: time.sleep()")
    report(wrong)


def is_number(node):
    """Whether a node is a number, or a text that reads as one; yes and no are none."""
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return False
    if isinstance(node.value, str):
        return bool(re.fullmatch(r"\s*[-+]?\d+([.,]\d+)?\s*%?\s*", node.value))
    return isinstance(node.value, int | float)


def numbers_of(tree):
    """Yield the nodes of numbers in code: no positions in a row or a text.

    Positions (``row[2]``, ``code[:2]``) name what stands where. A comparison with one
    counts as a number: "more than one of three" is a threshold as well as 2 is.
    """
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        for part in ast.walk(node.slice)
    }
    for node in ast.walk(tree):
        plain = id(node) in inside or not is_number(node)
        if not plain and node.value not in PLAIN_NUMBERS:
            yield node, node.value
        sides = (node.left, *node.comparators) if isinstance(node, ast.Compare) else ()
        threshold = any(is_number(side) and side.value for side in sides)
        if threshold and ast.unparse(node) not in PLAIN_COMPARISONS:
            yield node, ast.unparse(node)


def test_regimes_hold_no_number():
    """Every number of the law is a dated row with its source, never code."""
    wrong, seen = [], []
    for addon in ADDONS:
        for path, tree in python_files(addon):
            if not REGIME_CODE.search(path.as_posix()):
                continue
            seen.append(path.stem)
            wrong += [
                f"{rel(path)}:{node.lineno}: {shown}"
                for node, shown in numbers_of(tree)
            ]
    assert {"debt_collection_regime", "debt_collection_regime_standard"} <= set(seen)
    if BELGIUM in ADDONS:
        assert {"debt_collection_be_law", "debt_collection_regime_be_b2c"} <= set(seen)
    report(wrong)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 14", 1),
        ("x = Decimal('7.50')", 1),
        ("f(days=-3)", 1),
        ("reached > 1", 1),
        ("2 <= reached", 2),
        ("x = row[2]; y = code[:2]; z = rows[-1]", 0),
        ("x = amount * 0 + 1; y = day - 1; z = True", 0),
        ("facts.instalments > 1", 0),
        ("not count > 0", 0),
        ("x = 'art. 1394/20'", 0),
    ],
)
def test_numbers_are_seen(code, expected):
    """The reader of the test above: what it sees and what it lets pass."""
    assert len(list(numbers_of(ast.parse(code)))) == expected


# === THE LAW REFERENCE === #

#: worked cases of the law reference, by section: each is a test of its number
WORKED_CASES = {
    1: 10,
    2: 18,
    3: 6,
    4: 7,
    5: 7,
    6: 5,
    7: 5,
    8: 4,
    9: 6,
    10: 6,
    11: 4,
    12: 8,
}


def test_each_worked_case_is_a_test():
    if BELGIUM not in ADDONS:
        pytest.skip("no Belgium here")
    names = {
        node.name
        for addon in ADDONS
        for path in (ROOT / addon / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    cases = [
        f"test_case_{section}_{number}"
        for section, count in WORKED_CASES.items()
        for number in range(1, count + 1)
    ]
    report(
        [
            f"no {case}"
            for case in cases
            if not any(re.fullmatch(rf"{case}(_[a-z]\w*)?", name) for name in names)
        ]
    )
