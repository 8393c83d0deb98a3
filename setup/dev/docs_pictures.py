"""Put the pictures that docs/pictures.txt names into docs/pictures.

    docs_pictures.py SMOKE LETTERS TARGET

SMOKE and LETTERS are the folders that ./run smoke and ./run pictures left. A picture
that was not made is named, and the end is 1. Wide ones are made smaller for a page.
"""

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 1200


def wanted(path=ROOT / "docs" / "pictures.txt"):
    """Return {name: (which folder, file without its end)}."""
    lines = (line.split("#")[0].split() for line in path.read_text().splitlines())
    return {name: (kind, file) for name, kind, file in filter(None, lines)}


def gather(folders, target):
    """Copy what is wanted; yield what is missing.

    :param dict folders: smoke and letters -> their folder
    """
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.png"):
        old.unlink()
    for name, (kind, file) in wanted().items():
        source = folders[kind] / f"{file}.png"
        if not source.exists():
            yield f"{name}: {kind}/{file}.png was not made"
            continue
        picture = Image.open(source).convert("RGB")
        if picture.width > WIDTH:
            size = (WIDTH, picture.height * WIDTH // picture.width)
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        picture.save(target / f"{name}.png", optimize=True)


def main(smoke, letters, target):
    target = Path(target)
    folders = {"smoke": Path(smoke), "letters": Path(letters)}
    missing = list(gather(folders, target))
    print("\n".join(missing), end="\n" if missing else "")
    print(f"{len(list(target.glob('*.png')))} pictures in {target}")
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
