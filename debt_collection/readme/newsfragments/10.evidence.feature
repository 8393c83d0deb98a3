Evidence book: one numbered PDF with index and bookmarks, every document beside it, the
sealed log, and a small program that verifies all of it without Odoo; from a case or a
selection. The check list follows the nature of the claims and finds documents by itself.
