import hashlib
import io
import secrets
import zipfile

from odoo import api, models
from odoo.tools.misc import format_date

from ..report import book_pdf, letter_pdf
from ..tools import dossier

BOOK = "evidence-book.pdf"


class DebtCollectionBook(models.AbstractModel):
    """The evidence book of a case: everything a judge wants, in one numbered PDF.

    The file is that of a hand-over (one manifest, one way to verify) with the book in
    front. Words are those of the language of the procedure.
    """

    _name = "debt.collection.book"
    _description = "Evidence book"

    # === THE FILE === #

    @api.model
    def _make(self, case, moment):
        """Make the evidence book of a case and keep it on the case.

        :param datetime moment: of the book, naive UTC
        :rtype: ir.attachment
        """
        case.ensure_one()
        content = self._build(case, moment)
        # whoever works a case need not own the file store; rights on it are asked
        attachment_sudo = self.env["ir.attachment"].sudo()
        attachment = attachment_sudo.create(
            {
                "name": dossier.safe_name(
                    f"{case.name} {case.company_id._get_collection_day(moment)}.zip"
                ),
                "raw": content,
                "mimetype": "application/zip",
                "res_model": case._name,
                "res_id": case.id,
            }
        ).with_env(self.env)
        case._keep_book(attachment, hashlib.sha256(content).hexdigest(), moment)
        return attachment

    @api.model
    def _build(self, case, moment):
        """The ZIP of a book, in the format of `docs/formats.md`.

        :rtype: bytes
        """
        lang = case._get_court_lang()
        book, case = self.with_context(lang=lang), case.with_context(lang=lang)
        Dossier = book.env["debt.collection.dossier"]
        day = case.company_id._get_collection_day(moment)
        papers = Dossier._get_papers(case, day)
        manifest = Dossier._get_manifest(case, moment, day) | {"language": lang}
        bound = book._bind(case, papers, day)
        papers.insert(0, dossier.Paper(BOOK, "book", bound, book._get_title()))
        return dossier.pack(papers, manifest, moment)

    @api.model
    def _pack_many(self, cases, moment):
        """The books of several cases in one ZIP, to be downloaded by who asked."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            for case in cases:
                # made a moment ago by the same person
                archive.writestr(case.book_id.name, case.book_id.sudo().raw)
        day = self.env.company._get_collection_day(moment)
        return self.env["ir.attachment"].create(
            {
                "name": dossier.safe_name(f"evidence-books {day}.zip"),
                "raw": stream.getvalue(),
                "mimetype": "application/zip",
            }
        )

    def _get_title(self):
        return self.env._("Evidence book")

    # === THE PDF === #

    @api.model
    def _get_chapters(self):
        """Kind of paper -> its chapter, in the order of the book.

        Extend by `super()` where an addon brings a kind of its own.
        """
        return {
            "order": self.env._("Order"),
            "delivery": self.env._("Delivery"),
            "invoice": self.env._("Invoices"),
            "terms": self.env._("Accepted terms"),
            "mail": self.env._("Mails with the invoices"),
            "letter": self.env._("Letters"),
            "proof": self.env._("Proof of sending"),
            "call": self.env._("Calls and visits"),
            "answer": self.env._("Answers of the debtor"),
            "plan": self.env._("Promises and plans"),
            "dispute": self.env._("Disputes"),
            "legal": self.env._("Legal steps"),
            "identity": self.env._("Identity of the debtor"),
            "other": self.env._("Other documents"),
            "statement": self.env._("Settlement statement"),
            "log": self.env._("Log of the case"),
        }

    def _bind(self, case, papers, day):
        """The book itself: index, bookmarks, every piece with its number."""
        pieces = self._get_pieces(case, papers)
        index = self._print_index(case, pieces, day)
        return book_pdf.bind(
            index, pieces, self._get_label(case), self.env._("Contents")
        )

    def _get_label(self, case):
        word = self.env._("Document")
        return lambda rank, page, pages: f"{case.name} · {word} {rank} · {page}/{pages}"

    def _get_pieces(self, case, papers):
        """Documents and sheets, numbered chapter by chapter.

        :rtype: list[book_pdf.Piece]
        """
        chapters = self._get_chapters()
        shown = [
            paper
            for paper in papers
            if paper.kind in chapters and not paper.path.endswith((".json", ".csv"))
        ]
        printed = {id(paper): book_pdf.to_pdf(paper.content) for paper in shown}
        Sheets = self.env["debt.collection.book.sheet"]
        sheets = [sheet for sheet in Sheets._get_sheets(case) if sheet.rows]
        made = iter(
            self._print(
                [self._render_sheet(case, sheet) for sheet in sheets]
                + [self._enclose(case, one) for one in shown if not printed[id(one)]]
            )
        )
        ready = [(sheet.kind, sheet.title, next(made)) for sheet in sheets]
        ready += [
            (one.kind, one.title or one.path, printed[id(one)] or next(made))
            for one in shown
        ]
        rank = {kind: number for number, kind in enumerate(chapters)}
        ready.sort(key=lambda row: rank[row[0]])
        return [book_pdf.Piece(chapters[k], title, pdf) for k, title, pdf in ready]

    def _enclose(self, case, paper):
        return self.env["ir.qweb"]._render(
            "debt_collection.book_enclosed",
            {
                "case": case,
                "title": paper.title or paper.path,
                "path": paper.path,
                "digest": hashlib.sha256(paper.content).hexdigest(),
            },
        )

    def _render_sheet(self, case, sheet):
        return self.env["ir.qweb"]._render(
            "debt_collection.book_sheet", {"case": case, "sheet": sheet}
        )

    def _print(self, bodies):
        """The PDF of each page of ours, printed by one start of the engine."""
        if not bodies:
            return []
        Letter = self.env["debt.collection.letter"]
        if len(bodies) == 1:
            return [Letter._run_engine(bodies)]
        marks = [secrets.token_hex(8) for _body in bodies]
        return letter_pdf.cut(Letter._run_engine(bodies, marks), marks)

    def _print_index(self, case, pieces, day):
        page, chapters = 1, {}
        for rank, piece in enumerate(pieces, 1):
            row = (rank, piece.title, page)
            chapters.setdefault(piece.chapter, []).append(row)
            page += book_pdf.count_pages(piece.content)
        ticks = self.env["debt.collection.dossier"]._get_ticks(case, day)
        values = {
            "case": case,
            "at": day,
            "day": lambda value: format_date(self.env, value),
            "chapters": list(chapters.items()),
            "gaps": [tick for tick in ticks if not tick.ok],
            "head": case._get_log_head(),
        }
        return self._print(
            [self.env["ir.qweb"]._render("debt_collection.book_index", values)]
        )[0]
