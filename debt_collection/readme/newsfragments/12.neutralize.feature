A copy of production that Odoo neutralizes is silent: collection is paused, in test mode, queued mails are taken back, and links of letters are revoked.
