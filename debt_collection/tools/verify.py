"""Verifies the file of a collection case: every document, and the sealed log.

Needs Python 3.8 or later and nothing else; reads, writes nothing, asks no network.

    python3 -I verify.py [FILE.zip or FOLDER] [--head DIGEST] [--sha256 DIGEST]

Without a path it verifies the folder it stands in. ``--head`` compares the last seal of
the log with one kept elsewhere, on paper for instance; ``--sha256`` compares the whole
ZIP with the digest that the log of the creditor holds. Ends with 0 when everything
holds, with 1 when something was changed, with 2 when it was called in a wrong way.
"""

import hashlib
import json
import sys
import zipfile
import zlib
from pathlib import Path

WORDS = {
    "unreadable": "%(name)s cannot be read: %(reason)s",
    "usage": "Give one ZIP or one folder, and after it --head or --sha256 with a"
    " digest.",
    "missing": "%(name)s is missing",
    "stranger": "%(name)s is not in the list of the file",
    "changed": "%(name)s was changed",
    "seal": "the list of the file was changed (manifest.json)",
    "number": "event %(number)s: a number is missing before it",
    "link": "event %(number)s: the link to the event before is cut",
    "personal": "event %(number)s: its personal data were changed",
    "text": "event %(number)s: its text was changed",
    "head": "the last seal of the log is not the one that was given or listed",
    "zip": "the ZIP is not the one whose digest was given",
    "file": "File of the case %(name)s, made on %(moment)s (UTC)",
    "files": "%(number)s documents compared with their digest",
    "events": "%(number)s events verified, last seal %(head)s",
    "digest": "SHA-256 of the ZIP: %(digest)s",
    "good": "EVERYTHING HOLDS: nothing was changed since the file was made.",
    "bad": "REFUSED: the file was changed.",
}
MANIFEST = "manifest.json"
LOG = "events.json"
GENESIS = "0" * 64


def main(arguments):
    try:
        path, wanted = read_arguments(arguments)
    except ValueError:
        say("usage")
        return 2
    flaws = list(verify(path, wanted))
    for flaw in flaws:
        sys.stdout.write(f"- {flaw}\n")
    say("bad" if flaws else "good")
    return 1 if flaws else 0


def read_arguments(arguments):
    paths, wanted, left = [], {}, list(arguments)
    while left:
        word = left.pop(0)
        if word in ("--head", "--sha256"):
            if not left:
                raise ValueError(word)
            wanted[word] = left.pop(0).strip().lower()
        elif word.startswith("-"):
            raise ValueError(word)
        else:
            paths.append(Path(word))
    if len(paths) > 1:
        raise ValueError(paths)
    return (paths[0] if paths else Path(__file__).resolve().parent), wanted


def verify(path, wanted):
    """Yield what does not hold, each as a sentence."""
    try:
        documents = read(path)
        yield from compare_zip(path, wanted)
        manifest = json.loads(documents[MANIFEST])
        say("file", name=manifest["case"]["name"], moment=manifest["made_at"])
        yield from compare_documents(documents, manifest)
        yield from compare_log(json.loads(documents[LOG]), manifest, wanted)
    except (
        OSError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:
        yield word("unreadable", name=path, reason=error)


def read(path):
    """Every document by its path, from a ZIP or from a folder."""
    if path.is_dir():
        return {
            one.relative_to(path).as_posix(): one.read_bytes()
            for one in sorted(path.rglob("*"))
            if one.is_file()
        }
    with zipfile.ZipFile(str(path)) as archive:
        names = archive.namelist()
        if len(set(names)) != len(names):
            raise ValueError(MANIFEST)
        return {name: archive.read(name) for name in names}


def compare_zip(path, wanted):
    if path.is_dir():
        return
    found = sha256(path.read_bytes())
    say("digest", digest=found)
    if wanted.get("--sha256", found) != found:
        yield word("zip")


def compare_documents(documents, manifest):
    """Each document against its size and digest, and none beside the list."""
    listed = {one["path"]: one for one in manifest["files"]}
    for name, one in listed.items():
        content = documents.get(name)
        if content is None:
            yield word("missing", name=name)
        elif len(content) != one["bytes"] or sha256(content) != one["sha256"]:
            yield word("changed", name=name)
    for name in sorted(set(documents) - set(listed) - {MANIFEST}):
        yield word("stranger", name=name)
    seal = manifest.pop("seal", None)
    text = json.dumps(manifest, ensure_ascii=False, indent=2)
    raw = documents[MANIFEST].decode("utf-8")
    sealed = json.dumps({**manifest, "seal": seal}, ensure_ascii=False, indent=2)
    if seal != sha256(text.encode()) or raw != sealed:
        yield word("seal")
    say("files", number=len(listed))


def compare_log(log, manifest, wanted):
    """The chain of events, from the first to the last seal."""
    previous = GENESIS
    for number, event in enumerate(log["events"], 1):
        flaw = find_flaw(log["case"], event, number, previous)
        if flaw:
            yield word(flaw, number=number)
        previous = event["digest"]
    heads = {log["head"], manifest["log_head"], wanted.get("--head", previous)}
    if heads != {previous} or log["case"] != manifest["case"]["name"]:
        yield word("head")
    say("events", number=len(log["events"]), head=previous)


def find_flaw(case, event, number, previous):
    """What is wrong with one event: a key of the words, or None."""
    if event["seq"] != number:
        return "number"
    if event["previous_digest"] != previous:
        return "link"
    personal = event["personal"]
    if personal and seal(event["salt"], personal) != event["personal_digest"]:
        return "personal"
    made = seal(
        case,
        str(event["seq"]),
        event["moment"],
        event["kind"],
        event["author"],
        event["data"],
        event["personal_digest"],
        previous,
    )
    return None if made == event["digest"] else "text"


def seal(*parts):
    return sha256("\n".join(parts).encode())


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def word(key, **values):
    return WORDS[key] % values


def say(key, **values):
    sys.stdout.write(word(key, **values) + "\n")


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main(sys.argv[1:]))
