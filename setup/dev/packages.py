"""What the manifests say, where else it is written: requirements, versions, changelog.

    packages.py [--write]             requirements.txt and setup/_metapackage
    packages.py release VERSION DAY   fragments become readme/HISTORY.rst
    packages.py preview VERSION DAY   what that would write; changes nothing

Without ``--write`` what differs is named and the end is 1. VERSION is the part after
19.0 (``1.2.0``); an addon without fragments gets the version and no entry.
"""

import ast
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERIES = "19.0"
KINDS = {"feature": "Features", "bugfix": "Bugfixes", "doc": "Documentation"}
HEAD = "# generated from the manifests' external_dependencies; ./run lint compares\n"


def manifests(root):
    """Return {addon: its manifest}."""
    return {
        path.parent.name: ast.literal_eval(path.read_text())
        for path in sorted(root.glob("*/__manifest__.py"))
    }


def requirements(root):
    """Return the text of requirements.txt."""
    names = {
        name
        for manifest in manifests(root).values()
        for name in manifest.get("external_dependencies", {}).get("python", ())
    }
    return HEAD + "".join(f"{name}\n" for name in sorted(names, key=str.lower))


def metapackage(root):
    """Return the text of setup/_metapackage/pyproject.toml."""
    path = root / "setup" / "_metapackage" / "pyproject.toml"
    wanted = "".join(
        f'    "odoo-addon-{addon}=={SERIES}.*",\n' for addon in manifests(root)
    )
    return re.sub(
        r"(?<=dependencies = \[\n).*?(?=\])", wanted, path.read_text(), flags=re.DOTALL
    )


def flaws(root):
    """Yield what is wrong with versions, migrations and fragments."""
    versions = {addon: m["version"] for addon, m in manifests(root).items()}
    if len(set(versions.values())) > 1:
        yield f"the addons have several versions: {versions}"
    for addon, version in versions.items():
        if not re.fullmatch(rf"{re.escape(SERIES)}(\.\d+){{3}}", version):
            yield f"{addon}: {version} is no version of {SERIES}"
        for folder in (root / addon).glob("migrations/*"):
            if _parts(folder.name) > _parts(version):
                yield f"{addon}: migrations/{folder.name} is later than {version}"
        for fragment in fragments(root / addon):
            if fragment.suffix[1:] not in KINDS:
                yield f"{fragment.relative_to(root)}: no kind of {', '.join(KINDS)}"
            if not re.match(r"\d+\.", fragment.name):
                yield f"{fragment.relative_to(root)}: begins with no issue"
            if not fragment.read_text().strip():
                yield f"{fragment.relative_to(root)}: is empty"


def _parts(version):
    return tuple(int(part) for part in version.split("."))


def fragments(addon):
    return sorted(
        addon.glob("readme/newsfragments/*.*"),
        key=lambda path: (int(re.match(r"\d*", path.name)[0] or 0), path.name),
    )


def entry(addon, version, day):
    """Return the changelog of one version, or an empty text without fragments."""
    found = {kind: [] for kind in KINDS}
    for path in fragments(addon):
        issue = path.name.split(".")[0]
        words = " ".join(path.read_text().split())
        found[path.suffix[1:]].append(f"* {words} (#{issue})")
    if not any(found.values()):
        return ""
    title = f"{version} ({day})"
    parts = [f"{title}\n{'~' * len(title)}"]
    for kind, lines in found.items():
        if lines:
            parts += [f"**{KINDS[kind]}**", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def checked(root, version):
    """Return the full version of a release; one that may not be ends the program."""
    wrong = list(flaws(root))
    if wrong:
        raise SystemExit("\n".join(wrong))
    full = f"{SERIES}.{version}"
    current = {manifest["version"] for manifest in manifests(root).values()}
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise SystemExit(f"{version} is not three numbers, as 1.2.0")
    if any(_parts(full) < _parts(one) for one in current):
        raise SystemExit(f"{full} comes before {max(current, key=_parts)}")
    return full


def preview(root, version, day):
    """Yield what a release would write, addon by addon; nothing is changed."""
    full = checked(root, version)
    for addon in manifests(root):
        words = entry(root / addon, full, day)
        yield f"== {addon} {full}: {len(fragments(root / addon))} fragments"
        yield words or "no entry\n"


def release(root, version, day):
    """Give every addon the version; gather its fragments on top of its history."""
    full = checked(root, version)
    for addon in manifests(root):
        folder = root / addon
        path = folder / "__manifest__.py"
        text = re.sub(r'("version": )"[^"]+"', rf'\1"{full}"', path.read_text())
        path.write_text(text)
        words = entry(folder, full, day)
        if words:
            history = folder / "readme" / "HISTORY.rst"
            older = history.read_text() if history.exists() else ""
            history.write_text(words + ("\n" + older if older else ""))
            for fragment in fragments(folder):
                fragment.unlink()
    path = root / "setup" / "_metapackage" / "pyproject.toml"
    dated = f'\nversion = "{SERIES}.{day:%Y%m%d}"'
    path.write_text(re.sub(r'\nversion = "[^"]+"', dated, path.read_text(), count=1))


def previous_tag(root):
    """Return the tag of the release before what is checked out, or an empty text."""

    def git(*arguments):
        command = ["git", "-C", root, *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.stdout.split()

    here = git("tag", "--points-at", "HEAD")
    behind = git("tag", "--merged", "HEAD", "--list", f"{SERIES}.*")
    older = [tag for tag in behind if tag not in here]
    older = [tag for tag in older if re.fullmatch(r"\d+(\.\d+){4}", tag)]
    return max(older, key=_parts, default="")


def main(arguments):
    if arguments[:1] == ["release"]:
        version, day = arguments[1:]
        release(ROOT, version, date.fromisoformat(day))
        full = f"{SERIES}.{version}"
        print(f"{full} is written. Then:\n  ./run fmt && ./run lint && ./run test")
        print(f'  git add -A && git commit -m "[REL] {full}" && git tag {full}')
        return 0
    if arguments[:1] == ["preview"]:
        version, day = arguments[1:]
        print("\n".join(preview(ROOT, version, date.fromisoformat(day))))
        return 0
    write, bad = "--write" in arguments, list(flaws(ROOT))
    for path, text in (
        (ROOT / "requirements.txt", requirements(ROOT)),
        (ROOT / "setup" / "_metapackage" / "pyproject.toml", metapackage(ROOT)),
    ):
        if path.read_text() != text:
            if write:
                path.write_text(text)
            else:
                bad.append(f"{path.name} is not current, ./run fmt writes it")
    print("\n".join(bad), end="\n" if bad else "")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
