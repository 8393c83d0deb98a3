"""Letters as files: many printed by one start of the engine, QR codes, page numbers.

Pure functions. Starting the engine takes a second, a further letter in the same start
some milliseconds: letters are printed together and cut apart again. Between two of
them lies a page that carries a secret mark, thrown away after the cut; if the marks
do not all come back in order, the cut is refused.
"""

import base64
import io
import re

from PIL import Image
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.pdfgen.canvas import Canvas

from odoo.tools.pdf import PdfReader, PdfWriter

# content stream of a mark page, uncompressed bytes; a letter's is far longer
MARK_PAGE_BYTES = 4000
PIXELS_PER_MODULE = 6
QUIET_MODULES = 2
MM = 72 / 25.4


class LostMark(ValueError):
    """The printed pages do not show every mark once and in order."""


def qr_code(text):
    """A QR code of level M as a data URI: sharp edges, under one kilobyte.

    :rtype: str
    """
    code = QrCodeWidget(text, barLevel="M").qr
    code.make()
    size = len(code.modules) + 2 * QUIET_MODULES
    image = Image.new("1", (size, size), 1)
    for top, row in enumerate(code.modules, QUIET_MODULES):
        for left, is_dark in enumerate(row, QUIET_MODULES):
            if is_dark:
                image.putpixel((left, top), 0)
    stream = io.BytesIO()
    pixels = size * PIXELS_PER_MODULE
    image.resize((pixels, pixels), Image.NEAREST).save(stream, "PNG")
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"


def cut(content, marks):
    """Cut one PDF after each marked page.

    :param bytes content: letters, each followed by a page with its mark
    :param list[str] marks: the marks, in order
    :returns: the PDF of each letter
    :rtype: list[bytes]
    :raises LostMark: a mark is missing, doubled or out of order
    """
    letters, found, pages = [], [], []
    for page in PdfReader(io.BytesIO(content)).pages:
        mark = _find_mark(page, marks)
        if not mark:
            pages.append(page)
            continue
        found.append(mark)
        letters.append(pages)
        pages = []
    # after the last mark comes nothing but, at most, a blank page
    spare = [page for page in pages if page.extract_text().strip()]
    if found != list(marks) or not all(letters) or spare:
        raise LostMark(f"{len(found)} of {len(marks)} letters came back in order")
    return [_write(pages) for pages in letters]


def _find_mark(page, marks):
    contents = page.get_contents()
    if contents is None or len(contents.get_data()) > MARK_PAGE_BYTES:
        return None
    text = re.sub(r"\s+", "", page.extract_text())
    return text if text in marks else None


def _write(pages):
    writer = PdfWriter()
    for page in pages:
        writer.add_page(page)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def number_pages(content, label):
    """Print “Page 2 of 3” at the foot of each page; one page stays as it is.

    :param label: function of (page, number of pages) to the text
    :rtype: bytes
    """
    pages = PdfReader(io.BytesIO(content)).pages
    if len(pages) < 2:
        return content
    writer = PdfWriter()
    for number, page in enumerate(pages, 1):
        foot = _draw_foot(page, label(number, len(pages)))
        added = writer.add_page(page)
        added.merge_page(PdfReader(io.BytesIO(foot)).pages[0])
        added.compress_content_streams()
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def is_readable(content):
    """Whether a file is a PDF whose pages can be printed with others.

    :rtype: bool
    """
    try:
        return bool(len(PdfReader(io.BytesIO(content), strict=False).pages))
    except Exception:  # noqa: BLE001 - a reader of foreign files raises anything
        return False


def count_pages(files):
    """The number of pages of some PDFs.

    :param list[bytes] files: the files of one letter
    """
    return sum(len(PdfReader(io.BytesIO(file)).pages) for file in files)


def pile(letters, label, duplex=False):
    """One PDF of many letters, in their order, a mark at the foot of each page.

    :param list[list[bytes]] letters: the files of each letter; the first is the cover
    :param label: function of (letter, page, number of pages) to the mark
    :param bool duplex: each letter starts on a sheet of its own
    :rtype: bytes
    """
    writer = PdfWriter()
    for rank, files in enumerate(letters):
        pages = [p for file in files for p in PdfReader(io.BytesIO(file)).pages]
        for number, page in enumerate(pages, 1):
            foot = _draw_foot(page, label(rank, number, len(pages)), left=True)
            added = writer.add_page(page)
            added.merge_page(PdfReader(io.BytesIO(foot)).pages[0])
        if duplex and len(pages) % 2:
            box = pages[-1].mediabox
            writer.add_blank_page(float(box.width), float(box.height))
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _draw_foot(page, text, left=False):
    stream = io.BytesIO()
    width = float(page.mediabox.width)
    canvas = Canvas(stream, (width, float(page.mediabox.height)))
    canvas.setFont("Helvetica", 6 if left else 8)
    if left:
        canvas.drawString(15 * MM, 10 * MM, text)
    else:
        canvas.drawRightString(width - 18 * MM, 10 * MM, text)
    canvas.save()
    return stream.getvalue()
