from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CollectionCommon


@tagged("post_install", "-at_install")
class TestMailTemplate(CollectionCommon):
    def setUp(self):
        super().setUp()
        self._make_invoice(10)
        self._run()
        self.assertTrue(self.env["debt.collection.action"].search([]))

    def _make_template(self, model, body):
        return self.env["mail.template"].create(
            {
                "name": "Tried",
                "model_id": self.env["ir.model"]._get_id(model),
                "body_html": body,
            }
        )

    def test_a_template_that_fails_is_refused(self):
        with (
            self.assertRaises(ValidationError),
            mute_logger("odoo.addons.mail.models.mail_template"),
            mute_logger("odoo.addons.mail.models.mail_render_mixin"),
        ):
            self._make_template(
                "debt.collection.action", "<t t-out='object.no_such_field'/>"
            )

    def test_an_upgrade_tries_no_letter_whose_addon_is_not_loaded(self):
        """A letter under the regime of an addon that comes later cannot be worded."""
        regime = type(self.env["debt.collection.letter"])
        with (
            patch.object(regime, "_get_mail_values", side_effect=ValidationError("x")),
            patch.object(self.env.registry, "ready", False),
        ):
            template = self._make_template(
                "debt.collection.action",
                "<t t-set='v' t-value=\"object.env['debt.collection.letter']"
                '._get_mail_values(object)"/>',
            )
        self.assertTrue(template)

    def test_an_upgrade_still_tries_the_templates_of_others(self):
        with (
            self.assertRaises(ValidationError),
            mute_logger("odoo.addons.mail.models.mail_template"),
            mute_logger("odoo.addons.mail.models.mail_render_mixin"),
            patch.object(self.env.registry, "ready", False),
        ):
            self._make_template("res.partner", "<t t-out='object.no_such_field'/>")
