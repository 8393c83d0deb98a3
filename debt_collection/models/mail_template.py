from odoo import models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def _check_can_be_rendered(self, fnames=None, render_options=None):
        """Try a template of the collection only when every addon is loaded.

        While an upgrade creates it, the letter that it would be tried on may belong to
        a regime of an addon that comes later.
        """
        templates = self
        if not self.pool.ready:
            templates = self.filtered(
                lambda t: not (t.model or "").startswith("debt.collection.")
            )
        return super(MailTemplate, templates)._check_can_be_rendered(
            fnames=fnames, render_options=render_options
        )
