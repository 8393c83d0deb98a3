A copy of production that Odoo neutralizes is silent: collection is paused, in test mode,
all its queued mails, SMS and letters at a service are taken back, and links of letters
are revoked.
