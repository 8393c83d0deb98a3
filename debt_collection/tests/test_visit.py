import io

from freezegun import freeze_time
from pypdf import PdfReader

from odoo.tests import tagged

from .common import TODAY, CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestVisit(CollectionCommon):
    """The visit sheet: a page for the visitor, one for the debtor."""

    def test_visit_sheet(self):
        self.debtor.phone = "+352 26 00 00"
        case = self._flag(self._make_invoice(10))
        answer = case.with_user(self.collector).action_print_visit()
        self.assertEqual(answer["report_name"], "debt_collection.visit_list")
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        pdf, _kind = report._render_qweb_pdf("debt_collection.report_visit", case.ids)
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
        own, handed = pages[0], "".join(pages[1:])
        for words in ("Visit sheet", "+352 26 00 00", "10 days late", "Refuses to pay"):
            self.assertIn(words, own)
        for words in ("no act of a court", "refuse it", "Debtor SRL", "100.00"):
            self.assertIn(words, handed)
        self.assertNotIn("Refuses to pay", handed)
