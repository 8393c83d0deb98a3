Bank lines with the debtor's name and registered payments that are matched with nothing
send his letters to review, with the net shown.
