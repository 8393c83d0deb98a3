import subprocess
import tempfile
from pathlib import Path

import zxingcpp
from PIL import Image

DOTS = "200"  # an inch: a printed page, or one on a screen


def scan_pdf(content):
    """What a phone reads off the pages of a PDF: the texts of its QR codes, in order.

    :param bytes content: the file
    :rtype: list[str]
    """
    found = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "file.pdf")
        source.write_bytes(content)
        command = ["pdftoppm", "-r", DOTS, "-png", source, Path(folder, "page")]
        subprocess.run(command, check=True, timeout=60)
        for path in sorted(Path(folder).glob("page*.png")):
            with Image.open(path) as picture:
                found += zxingcpp.read_barcodes(picture.convert("L"))
    return [code.text for code in found]


def read_payment_code(text):
    """The lines of an EPC code that a bank reads: amount, account, references.

    European Payments Council, EPC069-12, version 2.1.

    :rtype: dict[str, str]
    """
    lines = [*text.split("\n"), *[""] * 12]
    names = ("tag", "version", "charset", "kind", "bic", "name", "iban", "amount")
    found = dict(zip(names, lines, strict=False))
    return found | {"reference": lines[9], "text": lines[10]}
