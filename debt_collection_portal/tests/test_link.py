from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.debt_collection.tests.scan import scan_pdf

from ..tools import hash_token
from .common import TODAY, PortalCommon


@tagged("post_install", "-at_install")
class TestLink(PortalCommon):
    def _find(self, token, now=None):
        return self.Link._find(token, now or fields.Datetime.now())

    # === THE TOKEN === #

    def test_token_is_stored_nowhere_in_the_clear(self):
        path, link = self._issue()
        token = path.rpartition("/")[2]
        self.env.flush_all()
        self.cr.execute("SELECT * FROM debt_collection_link WHERE id = %s", [link.id])
        self.assertNotIn(token, str(self.cr.fetchall()))
        self.assertEqual(link.sudo().token_hash, hash_token(token))

    def test_link_is_found_by_its_token_alone(self):
        path, link = self._issue()
        token = path.rpartition("/")[2]
        self.assertEqual(self._find(token), link)
        for wrong in ("", token[:-1], token + "a", link.sudo().token_hash, "%"):
            self.assertFalse(self._find(wrong), wrong)

    def test_one_link_a_letter_and_the_same_url_again(self):
        first, link = self._issue()
        self.assertEqual(self._issue(), (first, link))
        self.assertEqual(len(link), 1)

    def test_two_letters_have_two_links(self):
        other = self._make_action(self.case, step=self.policy.step_ids[1])
        self._issue()
        self.Link._issue(self.action + other)  # together: one is there already
        paths = [each._get_portal_url() for each in self.action + other]
        self.assertEqual(len(set(paths)), 2)
        self.assertEqual(len((self.action + other).link_ids), 2)

    def test_database_refuses_a_second_link_of_a_letter(self):
        self._issue()
        vals = self.Link._prepare_link_vals(self.action, fields.Datetime.now())
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            self.Link.create(vals)

    def test_link_opens_nothing_on_a_copy_of_production(self):
        path, link = self._issue()
        token = path.rpartition("/")[2]
        self.env.flush_all()
        for query in get_neutralization_queries(["debt_collection_portal"]):
            self.cr.execute(query)
        self.env.invalidate_all(flush=False)
        self.assertEqual(link.state, "revoked")
        self.assertFalse(self._find(token))

    def test_nobody_reads_hash_and_salt(self):
        self._issue()
        for user in (self.collector, self.manager, self.env.ref("base.user_admin")):
            link = self.action.link_ids.with_user(user)
            for name in ("token_hash", "salt"):
                with (
                    self.subTest(user=user.login, field=name),
                    self.assertRaises(AccessError),
                ):
                    link.read([name])

    def test_collector_sees_and_revokes_but_never_writes(self):
        _path, link = self._issue()
        link = link.with_user(self.collector)
        self.assertEqual(link.state, "live")
        with self.assertRaises(AccessError):
            link.write({"expires_on": "2099-01-01"})
        with self.assertRaises(AccessError):
            link.unlink()
        link.action_revoke()
        self.assertEqual(link.state, "revoked")

    def test_portal_and_public_have_no_rights_on_links(self):
        _path, link = self._issue()
        portal = new_test_user(self.env, "dcp_portal", groups="base.group_portal")
        for user in (portal, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                link.with_user(user).read(["state"])
            with self.assertRaises(AccessError):
                link.with_user(user).action_revoke()
            with self.assertRaises(AccessError):
                self.case.with_user(user).read(["name"])

    # === ITS END === #

    def test_link_ends_after_the_days_of_the_company(self):
        self.company.debt_collection_link_days = 30
        moment = fields.Datetime.to_datetime("2026-03-16 10:20:00")
        vals = self.Link._prepare_link_vals(self.action, moment)
        self.assertEqual(vals["expires_on"] - moment, timedelta(days=30))
        path, link = self._issue()
        token, end = path.rpartition("/")[2], link.expires_on
        self.assertTrue(self._find(token, end - timedelta(seconds=1)))
        self.assertFalse(self._find(token, end))

    def test_setting_must_be_a_day_at_least(self):
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            self.company.debt_collection_link_days = 0
            self.env.flush_all()

    def test_ended_link_gives_way_to_another(self):
        path, link = self._issue()
        link.expires_on = fields.Datetime.now() - timedelta(days=1)
        new_path, new = self._issue()
        self.assertNotEqual(new_path, path)
        self.assertNotEqual(new, link)
        self.assertFalse(self._find(path.rpartition("/")[2]))

    def test_case_closed_by_payment_revokes(self):
        path, _link = self._issue()
        self._pay(self.invoices)
        self._run()
        self.assertEqual(self.case.outcome, "paid")
        self.assertFalse(self._find(path.rpartition("/")[2]))
        self.assertFalse(self.action._get_portal_url())

    def test_withdrawn_by_a_collector_revokes_though_he_cannot_write_links(self):
        path, _link = self._issue()
        self.case.with_user(self.collector).action_withdraw()
        self.assertFalse(self._find(path.rpartition("/")[2]))

    def test_revoke_all_links_of_a_case(self):
        path, _link = self._issue()
        self.case.with_user(self.collector).action_revoke_links()
        self.assertFalse(self._find(path.rpartition("/")[2]))

    # === LETTERS === #

    def test_preview_makes_no_link(self):
        self.action.state = "planned"
        html = self.env["debt.collection.letter"]._render_html(self.action)
        self.assertIn("/collect/…", html)
        self.assertFalse(self.action.link_ids)

    def test_letter_and_mail_carry_the_same_working_link(self):
        with self.allow_pdf_render():
            self.action._dispatch()
        link = self.action.link_ids
        url = link._get_url()
        html = self.env["debt.collection.letter"]._render_html(self.action)
        mail = self.action.delivery_ids.mail_id
        self.assertIn(url, scan_pdf(self.action.attachment_id.raw))  # on the paper
        self.assertIn(url, html)
        self.assertIn(url, mail.body_html)
        self.assertEqual(self._find(url.rpartition("/")[2]), link)

    def test_mail_tried_again_carries_the_link_of_the_frozen_letter(self):
        with self.allow_pdf_render():
            self.action._dispatch()
        url = self.action.link_ids._get_url()
        self.action.delivery_ids._set_failed("refused")
        self.action._settle()
        self.env.flush_all()  # a person retries later, in another transaction
        self.action.action_retry()
        self.action._dispatch()
        mails = self.action.delivery_ids.mail_id
        self.assertEqual(len(mails), 2)
        for mail in mails:
            self.assertIn(url, mail.body_html)

    # === THE MATTER === #

    def test_courtesy_letter_shows_its_items_only(self):
        stray = self._make_invoice(3, 77.0)
        other = self._make_invoice(3, 33.0)
        items = stray.line_ids.filtered("date_maturity")
        action = self._make_action(self.case.browse(), items)
        _path, link = self._issue(action)
        matter = link._get_matter()
        self.assertFalse(matter.case)
        self.assertEqual(matter.items.move_id, stray)
        self.assertNotIn(other, matter.items.move_id)
        self.assertEqual(self.Page._get_statement(matter, TODAY).due, 77)

    def test_courtesy_letter_follows_its_items_onto_a_case(self):
        debtor = self.other_debtor
        move = self._make_invoice(8, 60.0, partner=debtor)
        items = move.line_ids.filtered("date_maturity")
        path, link = self._issue(self._make_action(self.case.browse(), items))
        case = self._open_case(move)
        self.assertEqual(link._get_matter().case, case)
        case._close("withdrawn", TODAY)
        self.assertFalse(self._find(path.rpartition("/")[2]))

    def test_page_asks_for_what_letters_asked(self):
        _path, link = self._issue()
        self.assertTrue(self.Page._is_principal_only(link._get_matter().letters))
        _path, link = self._issue(
            self._make_action(self.case, step=self.policy.step_ids[1])
        )
        self.assertFalse(self.Page._is_principal_only(link._get_matter().letters))

    # === BRUTE FORCE === #

    def test_address_is_blocked_for_the_hour_and_free_in_the_next(self):
        now = fields.Datetime.to_datetime("2026-03-16 10:20:00")
        for _try in range(30):
            self.assertFalse(self.Failure._is_blocked("192.0.2.1", now))
            self.Failure._add("192.0.2.1", now)
        self.assertTrue(self.Failure._is_blocked("192.0.2.1", now))
        self.assertFalse(self.Failure._is_blocked("192.0.2.2", now))
        self.assertFalse(
            self.Failure._is_blocked("192.0.2.1", now + timedelta(hours=1))
        )

    def test_addresses_are_digests_and_do_not_stay(self):
        self.Failure._add("192.0.2.1", fields.Datetime.now() - timedelta(hours=30))
        row = self.Failure.search([])
        self.assertNotIn("192.0.2", row.source)
        self.Failure._gc_failures()
        self.assertFalse(row.exists())
