Notice of an attachment to the debtor, and the days before the third party pays.
