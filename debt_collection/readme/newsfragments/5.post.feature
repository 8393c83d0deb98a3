Letters by post print as one file in the order of their addresses; the day of posting, the
numbers of registered letters and the proof are entered on the post batch. Copies,
enclosed invoices, and a mention with a payment code on the invoice itself.
