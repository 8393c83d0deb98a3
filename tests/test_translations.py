"""French, Dutch and German are complete and say the same as the English.

No database and no Odoo is needed: the .pot and .po files are read as they are. After
a change of texts ./run pot brings them up to date and says what a language lacks.
"""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import polib
import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parents[1]
ADDONS = ["debt_collection", "debt_collection_be_legal", "debt_collection_portal"]
LANGUAGES = ["fr", "nl", "de"]

# %(name)s and %s, [[name]] of the letters, {{ expression }} of the mails
PLACEHOLDER = re.compile(r"%\(\w+\)[sdrf]|%[sd](?!\w)|\[\[.*?\]\]|\{\{.*?\}\}")
BLANKS = " \t\r\n"
TAG = re.compile(r"<[^<>]+>")
# what a person reads in an attribute may differ; the rest of a tag may not
SPOKEN = re.compile(r'\s(title|alt|placeholder|aria-label|string|help)="[^"]*"')

each_addon = pytest.mark.parametrize("addon", ADDONS)
each_language = pytest.mark.parametrize("language", LANGUAGES)


@cache
def read(addon, name):
    return polib.pofile(str(ROOT / addon / "i18n" / name))


def template(addon):
    return read(addon, f"{addon}.pot")


def translated(addon, language):
    """The pairs that can be compared; what is missing has its own test."""
    return [entry for entry in read(addon, f"{language}.po") if entry.msgstr]


def differing(entries, measure):
    """The English texts whose translation does not have the same measure."""
    return [e.msgid for e in entries if measure(e.msgid) != measure(e.msgstr)]


def placeholders(text):
    return Counter(PLACEHOLDER.findall(text))


def tags(text):
    """The tags with their attributes, but those that are read by people."""
    return Counter(SPOKEN.sub("", tag) for tag in TAG.findall(text))


def edges(text):
    """The blanks before and after the words; the French narrow ones belong to them."""
    start = len(text) - len(text.lstrip(BLANKS))
    return text[:start], text[len(text.rstrip(BLANKS)) :]


def is_markup(text):
    """Whether it can stand in a page: every tag closed, in the right order."""
    try:
        etree.fromstring(f"<t>{text}</t>".replace("&nbsp;", " "))
    except etree.XMLSyntaxError:
        return False
    return True


def is_format(text):
    """Whether Python can fill in its named placeholders."""
    try:
        text % {name: "0" for name in re.findall(r"%\((\w+)\)", text)}
    except (TypeError, ValueError):
        return False
    return True


def code_terms(addon):
    """The texts that the Python code of an addon gives to the translation."""
    for path in (ROOT / addon).rglob("*.py"):
        if "tests" in path.relative_to(ROOT).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", None))
                first = node.args[0]
                if name in ("_", "_lt") and isinstance(first, ast.Constant):
                    yield first.value


@each_addon
def test_the_template_knows_the_texts_of_the_code(addon):
    known = {entry.msgid for entry in template(addon)}
    assert known
    assert sorted(set(code_terms(addon)) - known) == [], "./run pot"


@each_language
@each_addon
def test_every_term_is_translated(addon, language):
    po = read(addon, f"{language}.po")
    wanted = {entry.msgid for entry in template(addon)}
    assert sorted(wanted - {entry.msgid for entry in po}) == []
    assert [e.msgid for e in po if e.msgid in wanted and not e.msgstr.strip()] == []
    assert [e.msgid for e in po if e.fuzzy] == []


@each_language
@each_addon
def test_nothing_is_left_over_or_there_twice(addon, language):
    count = Counter(entry.msgid for entry in read(addon, f"{language}.po"))
    known = {entry.msgid for entry in template(addon)}
    assert sorted(set(count) - known) == []
    assert [msgid for msgid, times in count.items() if times > 1] == []


@each_language
@each_addon
def test_the_language_is_named_in_the_file(addon, language):
    assert read(addon, f"{language}.po").metadata["Language"] == language


@each_language
@each_addon
def test_placeholders_are_kept(addon, language):
    assert differing(translated(addon, language), placeholders) == []


@each_language
@each_addon
def test_named_placeholders_can_be_filled_in(addon, language):
    texts = [e.msgstr for e in translated(addon, language) if "%(" in e.msgid]
    assert [text for text in texts if not is_format(text)] == []


@each_language
@each_addon
def test_spaces_at_the_edges_are_kept(addon, language):
    assert differing(translated(addon, language), edges) == []


@each_language
@each_addon
def test_tags_are_kept_and_closed(addon, language):
    entries = translated(addon, language)
    assert differing(entries, tags) == []
    marked = [e for e in entries if TAG.search(e.msgid) and is_markup(e.msgid)]
    assert [e.msgid for e in marked if not is_markup(e.msgstr)] == []


@each_language
@each_addon
def test_names_of_printed_files_stay_expressions(addon, language):
    for entry in translated(addon, language):
        if any("print_report_name" in place for place, _line in entry.occurrences):
            ast.parse(entry.msgstr, mode="eval")


@pytest.mark.parametrize(
    "measure, english, wrong",
    [
        (placeholders, "Pay %(due)s now", "Payez %(du)s"),
        (placeholders, "by [[deadline]]", "le [[délai]]"),
        (placeholders, "{{ object.name }}: due", "{{ objet.name }} : dû"),
        (edges, "is reserved. ", "réservés."),
        (tags, "<b>To pay</b>", "<b>À payer"),
        (tags, '<t t-out="due"/> open', '<t t-out="du"/> ouvert'),
    ],
)
def test_a_wrong_translation_is_seen(measure, english, wrong):
    assert measure(english) != measure(wrong)


def test_a_percent_sign_before_a_word_is_seen():
    assert not is_format("%(rate)s % de plus")
    assert is_format("%(rate)s %% de plus")
