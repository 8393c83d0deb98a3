Partners: agreements as data, the file of a case as a ZIP with a check list, hand-over of
one case or a batch, recall, messages by CSV or JSON, and the price of a stop shown before
it is confirmed. Insolvency stops spending; the creditor decides to stop or to go on.
