"""Rows out of files that others made: CSV or JSON, in whatever encoding they came.

Nothing is lost and nothing raises: what cannot be read becomes a row with a reason.
The text is UTF-8 or UTF-16 where it says so or fits, else the Western code page that
spreadsheets write; the delimiter is found from the first line.
"""

import csv
import io
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

DELIMITERS = ";,\t|"
# cells and rows beyond these are no table that a person made
MAX_CELL = 131_072
MAX_ROWS = 100_000
DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d")
BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file.

    :param number: the line as a person counts it, the head being line 1
    :param values: column name, in lower case, to its text without blanks around
    :param error: a code of what is wrong with the line itself, "" when it could be read
    :param text: the line as it came, to be shown
    """

    number: int
    values: dict = field(default_factory=dict)
    error: str = ""
    text: str = ""

    def get(self, *names):
        """The first of the named columns that is not empty, "" without one."""
        return next((self.values[n] for n in names if self.values.get(n)), "")


def decode(content):
    """The text of a file, never raising.

    :param bytes content: as it came
    :rtype: str
    """
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_rows(content):
    """The rows of a CSV or JSON file; empty lines are left out.

    :param bytes content: CSV with a head, or a JSON list of flat objects
    :rtype: list[Row]
    """
    # PostgreSQL has no NUL, and half a pair of UTF-16 is no character
    text = decode(content).replace("\0", "")
    text = text.encode("utf-8", errors="replace").decode("utf-8")
    if text.lstrip()[:1] in ("[", "{"):
        return _read_json(text)
    return _read_csv(text)


def _read_json(text):
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return [Row(1, error="not_json", text=text[:200])]
    if isinstance(data, dict):
        data = next((v for v in data.values() if isinstance(v, list)), [data])
    return [_make_json_row(n, item) for n, item in enumerate(data[:MAX_ROWS], 1)]


def _make_json_row(number, item):
    shown = json.dumps(item, ensure_ascii=False)[:1000]
    shown = shown.encode("utf-8", errors="replace").decode("utf-8").replace("\0", "")
    if not isinstance(item, dict):
        return Row(number, error="not_an_object", text=shown)
    values = {_name(key): _cell(value) for key, value in item.items()}
    return Row(number, values, text=shown)


def _read_csv(text):
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    head, _break, _rest = text.partition("\n")
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    rows, names = [], None
    while len(rows) < MAX_ROWS:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            rows.append(Row(reader.line_num, error="unreadable"))
            continue
        if names is None:
            names = [_name(cell) for cell in cells]
        elif any(cell.strip() for cell in cells):
            rows.append(_make_csv_row(reader.line_num, names, cells, delimiter))
    return rows


def _make_csv_row(number, names, cells, delimiter):
    text = delimiter.join(cells)[:1000]
    if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
        return Row(number, error="too_many_cells", text=text)
    pairs = zip(names, cells, strict=False)
    return Row(number, {name: _cell(cell) for name, cell in pairs}, text=text)


def _name(value):
    return str(value).strip().strip("\ufeff").lower().replace(" ", "_")


def _cell(value):
    """A cell as text; None and structures of JSON have none."""
    if value is None or isinstance(value, dict | list):
        return ""
    text = str(value)[:MAX_CELL].strip()
    return text.encode("utf-8", errors="replace").decode("utf-8").replace("\0", "")


def parse_day(text):
    """A day in one of the common ways to write it, None when it is none.

    :rtype: date | None
    """
    text = text.strip()[:10]
    for form in DAY_FORMATS:
        try:
            day = datetime.strptime(text, form).date()
        except ValueError:
            continue
        return day if date(1900, 1, 1) <= day <= date(2200, 1, 1) else None
    return None


def parse_amount(text):
    """An amount with a point or a comma for the cents, None when it is none.

    :rtype: Decimal | None
    """
    text = "".join(ch for ch in text if ch not in " \u00a0\u202f'€$£")
    comma, point = text.rfind(","), text.rfind(".")
    if comma > point:
        text = text.replace(".", "").replace(",", ".")
    else:
        text = text.replace(",", "")
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < Decimal(10) ** 12 else None


def normal_number(text):
    """An enterprise or tax number as its digits, country letters and points left out.

    :rtype: str
    """
    return "".join(ch for ch in text if ch.isascii() and ch.isdigit()).lstrip("0")


def normal_name(text):
    """A name to compare: lower case, letters and digits only."""
    return "".join(ch for ch in text.casefold() if ch.isalnum())
