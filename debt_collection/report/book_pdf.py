"""One PDF of many documents: numbered pages, bookmarks, nothing left out.

Pure functions over bytes. What is no PDF becomes one where it is a picture; what is
neither, or cannot be opened, gets a page that says where to find it.
"""

import io
from dataclasses import dataclass

from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from odoo.tools.pdf import PdfReader, PdfWriter

MM = 72 / 25.4
MARGIN = 18 * MM
# a scan of more dots than any court needs is no picture but an attack
MAX_DOTS = 60_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """One numbered document of the book: its chapter, its title, its PDF."""

    chapter: str
    title: str
    content: bytes


def to_pdf(content):
    """The PDF of a document, or None where it can only be enclosed.

    :rtype: bytes | None
    """
    if content.startswith(b"%PDF"):
        return content if _has_pages(content) else None
    return _draw_picture(content)


def count_pages(content):
    return len(PdfReader(io.BytesIO(content), strict=False).pages)


def bind(index, pieces, label, index_title):
    """Index and pieces as one PDF, a bookmark for each chapter and each piece.

    :param bytes index: its pages stand first and carry no number
    :param list[Piece] pieces: in their order, chapters together
    :param label: function of (number of the piece, page, number of pages) to the
        text at the head of each page
    :rtype: bytes
    """
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(index)).pages:
        writer.add_page(page)
    writer.add_outline_item(index_title, 0)
    first = len(writer.pages)
    total, chapter, parent = sum(count_pages(p.content) for p in pieces), None, None
    for rank, piece in enumerate(pieces, 1):
        start = len(writer.pages)
        for page in PdfReader(io.BytesIO(piece.content), strict=False).pages:
            number = len(writer.pages) - first + 1
            _add_page(writer, page, label(rank, number, total))
        if piece.chapter != chapter:
            chapter = piece.chapter
            parent = writer.add_outline_item(chapter, start)
        writer.add_outline_item(f"{rank}. {piece.title}", start, parent=parent)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _has_pages(content):
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return False
        return all(page.mediabox.width > 0 for page in reader.pages) and bool(
            reader.pages
        )
    except Exception:  # noqa: BLE001 - a reader of foreign files raises anything
        return False


def _draw_picture(content):
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MAX_DOTS:
                return None
            flat = picture.convert("RGB")
    except Exception:  # noqa: BLE001 - as above
        return None
    stream = io.BytesIO()
    canvas = Canvas(stream, A4)
    width, height = A4
    canvas.drawImage(
        ImageReader(flat),
        MARGIN,
        MARGIN,
        width - 2 * MARGIN,
        height - 2 * MARGIN - 8 * MM,
        preserveAspectRatio=True,
        anchor="n",
    )
    canvas.save()
    return stream.getvalue()


def _add_page(writer, page, text):
    added = writer.add_page(page)
    if added.get("/Rotate"):
        added.transfer_rotation_to_content()
    stamp = PdfReader(io.BytesIO(_draw_stamp(added.mediabox, text))).pages[0]
    added.merge_page(stamp)


def _draw_stamp(box, text):
    """The text on a white strip at the head, where letters have their margin."""
    left, top = float(box.left), float(box.top)
    right = left + float(box.width)
    stream = io.BytesIO()
    canvas = Canvas(stream, (right, top))
    canvas.setFont("Helvetica", 7.5)
    width = canvas.stringWidth(text, "Helvetica", 7.5)
    start = right - 8 * MM - width
    canvas.setFillGray(1)
    canvas.rect(start - 3, top - 7.6 * MM, width + 6, 4.4 * MM, stroke=0, fill=1)
    canvas.setFillGray(0.25)
    canvas.drawString(start, top - 6.4 * MM, text)
    canvas.save()
    return stream.getvalue()
