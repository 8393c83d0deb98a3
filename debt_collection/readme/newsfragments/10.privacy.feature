Data protection: how long files are kept by outcome, a preview of what would be erased,
erasing without touching the books or the seals of the log, and a debtor's data as a ZIP.
