"""The file of a case that leaves the house: one ZIP, always laid out the same.

The manifest names every file with its size and SHA-256 and carries a seal of its own;
`verify.py` beside it verifies all of that and the log, without us. The same content
packed on the same moment gives the same bytes. The format is written down in
`docs/formats.md`; a change that breaks a reader raises the first number of the version.
"""

import csv
import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from . import verify

FORMAT = "debt-collection-file"
VERSION = "1.1"
# the oldest day a ZIP can carry
DOS_EPOCH = 1980
FORBIDDEN = re.compile(r"[^\w.,() -]+")


@dataclass(frozen=True, slots=True)
class Paper:
    """One file of the dossier: its path in the ZIP, what it is, its bytes."""

    path: str
    kind: str
    content: bytes
    title: str = ""


def safe_name(name):
    """A file name that every system takes: no folder, no control character.

    :rtype: str
    """
    name = FORBIDDEN.sub("-", name.replace("/", "-").replace("\\", "-")).strip(" .-")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return name[:100] or "file"
    return f"{stem[:100] or 'file'}.{ending[:8]}"


def sheet(head, rows):
    """A CSV as the partners' programs read it: UTF-8 with its mark, semicolons.

    :rtype: bytes
    """
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8-sig")


def pack(papers, manifest, moment):
    """The ZIP: the papers and a manifest of them.

    :param list[Paper] papers: two of one path get a number
    :param dict manifest: what is said of the case; plain data
    :param datetime moment: the time every entry carries
    :rtype: bytes
    """
    named = _number(papers)
    data = {
        "format": FORMAT,
        "version": VERSION,
        **manifest,
        "files": [_describe(path, paper) for path, paper in named],
    }
    data["seal"] = hashlib.sha256(_to_text(data).encode()).hexdigest()
    text = _to_text(data)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "manifest.json", text.encode(), moment)
        for path, paper in named:
            _add(archive, path, paper.content, moment)
    return stream.getvalue()


def script(words):
    """The program that verifies a file, speaking the language of the file.

    :param dict words: key -> sentence, as `verify.WORDS` has them
    :rtype: bytes
    """
    source = Path(verify.__file__).read_text(encoding="utf-8")
    start, end = source.index("WORDS = {"), source.index("\nMANIFEST = ")
    spoken = {key: words.get(key) or text for key, text in verify.WORDS.items()}
    text = json.dumps(spoken, ensure_ascii=False, indent=4)
    return f"{source[:start]}WORDS = {text}{source[end:]}".encode()


def log(case, events):
    """The sealed log as a document that can be verified alone.

    :param str case: the number of the case, part of every seal
    :param list[dict] events: oldest first
    :rtype: bytes
    """
    head = events[-1]["digest"] if events else verify.GENESIS
    return _to_text({"case": case, "head": head, "events": events}).encode()


def _to_text(data):
    return json.dumps(data, ensure_ascii=False, indent=2)


def _number(papers):
    taken, named = {"manifest.json"}, []
    for paper in papers:
        stem, dot, ending = paper.path.rpartition(".")
        path, count = paper.path, 1
        while path.lower() in taken:
            count += 1
            path = f"{stem}-{count}{dot}{ending}"
        taken.add(path.lower())
        named.append((path, paper))
    return named


def _describe(path, paper):
    return {
        "path": path,
        "kind": paper.kind,
        "bytes": len(paper.content),
        "sha256": hashlib.sha256(paper.content).hexdigest(),
        **({"title": paper.title} if paper.title else {}),
    }


def _add(archive, path, content, moment):
    when = (max(moment.year, DOS_EPOCH), *moment.timetuple()[1:6])
    info = zipfile.ZipInfo(path, when)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)
