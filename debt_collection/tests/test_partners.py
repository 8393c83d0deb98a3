import base64
import hashlib
import io
import json
import zipfile
from datetime import timedelta

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionCommon

KINDS = ("message", "solvency", "notice")
PNG = base64.b64encode(b"a scan")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPartners(CollectionCommon):
    """Hand-over, recall, withdrawal with its price, and files of others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._make_user("approver", "approver")
        cls.lawyer = cls.env["res.partner"].create(
            {"name": "Law Office", "email": "law@office.example"}
        )
        cls.agreement = cls.env["debt.collection.agreement"].create(
            {
                "name": "Our lawyer",
                "company_id": cls.company.id,
                "partner_id": cls.lawyer.id,
                "fee_case": 150,
                "fee_withdrawn": 75,
                "free_hours": 12,
            }
        )

    # === WORLD === #

    def _case(self, **values):
        return self._flag(self._make_invoice(**values))

    def _assign(self, case, reason="no order in writing", agreement=None):
        Assignment = self.env["debt.collection.assignment"].with_user(self.collector)
        found = Assignment._prepare_for(
            case.with_user(self.collector), agreement or self.agreement
        )
        found._hand_over(fields.Datetime.now(), reason)
        return found

    def _find(self, finding, debtor=None, **values):
        return self.env["debt.collection.solvency.check"].create(
            {
                "partner_id": (debtor or self.debtor).id,
                "company_id": self.company.id,
                "date": TODAY,
                "source": "Credit report",
                "finding": finding,
                **values,
            }
        )

    def _end(self, case, user=None, **values):
        wizard = self.env["debt.collection.case.end"].with_user(user or self.collector)
        return wizard.create(
            {"case_id": case.id, "reason": "flagged by mistake", **values}
        )

    def _intake(self, kind, text, **values):
        content = text if isinstance(text, bytes) else text.encode()
        intake = self.env["debt.collection.import"].with_user(self.collector)
        intake = intake.create(
            {
                "kind": kind,
                "company_id": self.company.id,
                "document": base64.b64encode(content),
                "partner_id": self.lawyer.id if kind == "message" else False,
                **values,
            }
        )
        intake.action_import()
        return intake

    def _kinds(self, case):
        return case.event_ids.mapped("kind")

    # === THE FILE === #

    def test_the_list_says_what_is_missing(self):
        case = self._case()
        Dossier = self.env["debt.collection.dossier"]
        ticks = {tick.code: tick for tick in Dossier._get_ticks(case, TODAY)}
        self.assertTrue(ticks["invoices"].ok)
        self.assertFalse(ticks["order"].ok)
        self.assertEqual(ticks["phone"].todo, "fill in a phone number")
        self.debtor.phone = "+352 1"
        case.evidence_ids = [
            Command.create({"kind": "order", "absence": "ordered by phone"})
        ]
        ticks = {tick.code: tick for tick in Dossier._get_ticks(case, TODAY)}
        self.assertTrue(ticks["phone"].ok)
        self.assertEqual(
            (ticks["order"].ok, ticks["order"].todo), (True, "ordered by phone")
        )
        self.assertIn("fa-times text-danger", case.checklist_html)

    def test_an_incomplete_file_needs_a_word(self):
        case = self._case()
        with self.assertRaisesRegex(UserError, "not complete .*Order"):
            self._assign(case, reason=" ")
        assignment = self._assign(case)
        self.assertIn("no order in writing", assignment.gaps)
        self.assertEqual(assignment.state, "handed_over")
        with self.assertRaisesRegex(UserError, "has .* already"):
            self._assign(case)

    def test_the_zip(self):
        case = self._case(amount=250.0)
        case.evidence_ids = [
            Command.create(
                {"kind": "order", "document": PNG, "document_name": "../../a/b:c.png"}
            )
        ]
        assignment = self._assign(case)
        content = assignment.file_id.sudo().raw
        self.assertEqual(hashlib.sha256(content).hexdigest(), assignment.file_sha256)
        archive = zipfile.ZipFile(io.BytesIO(content))
        manifest = json.loads(archive.read("manifest.json"))
        self.assertEqual(
            (manifest["format"], manifest["version"]), ("debt-collection-file", "1.1")
        )
        self.assertEqual(manifest["case"]["principal_left"], "250.00")
        listed = {one["path"]: one for one in manifest["files"]}
        self.assertEqual({*listed, "manifest.json"}, set(archive.namelist()))
        for path, one in listed.items():
            digest = hashlib.sha256(archive.read(path)).hexdigest()
            self.assertEqual(one["sha256"], digest, path)
            self.assertNotIn("..", path.split("/"))
        kinds = {one["kind"] for one in manifest["files"]}
        self.assertLessEqual({"invoice", "statement", "sheet", "order"}, kinds)
        self.assertIn(b"250.00", archive.read("claims.csv"))

    def test_a_batch_hands_over_what_it_can(self):
        one, two = self._case(), self._case(partner=self.other_debtor)
        self._find("bankrupt", self.other_debtor)
        wizard = self.env["debt.collection.handover"].with_user(self.collector)
        wizard = wizard.create(
            {
                "agreement_id": self.agreement.id,
                "case_ids": [Command.set((one + two).ids)],
                "reason": "as agreed",
            }
        )
        self.assertEqual(wizard.gap_count, 2)
        done = wizard.action_apply()
        self.assertEqual(one.assignment_ids.state, "handed_over")
        self.assertFalse(two.assignment_ids)
        self.assertIn("all creditors", done["params"]["message"])
        with self.assertRaisesRegex(UserError, "already"):
            wizard.action_apply()

    def test_facts_are_written_by_no_hand(self):
        assignment = self._assign(self._case())
        with self.assertRaisesRegex(UserError, "not by hand"):
            assignment.state = "stopped"
        with self.assertRaisesRegex(UserError, "recall it instead"):
            assignment.sudo().unlink()

    def test_roles_and_companies(self):
        assignment = self._assign(self._case())
        clerk = self._make_user("clerk", "collector")
        clerk.group_ids = self.env.ref("base.group_user")
        with self.assertRaises(AccessError):
            assignment.with_user(clerk).read(["state"])
        with self.assertRaises(AccessError):
            self.agreement.with_user(self.collector).fee_case = 0
        self.agreement.with_user(self.manager).fee_case = 160
        sister = self._make_company("Sister SA")
        stranger = self._make_user("stranger", "manager")
        stranger.write(
            {"company_ids": [Command.set(sister.ids)], "company_id": sister.id}
        )
        for name in ("assignment", "agreement", "import", "assignment.message"):
            Model = self.env[f"debt.collection.{name}"].with_user(stranger)
            found = Model.with_context(allowed_company_ids=sister.ids).search([])
            self.assertFalse(found, name)
        with self.assertRaises(UserError):
            self.env["debt.collection.assignment"].create(
                {
                    "case_id": assignment.case_id.id,
                    "agreement_id": self.agreement.copy({"company_id": sister.id}).id,
                }
            )

    # === STOPPING === #

    def test_s09_by_mistake_within_twelve_hours(self):
        case = self._case()
        assignment = self._assign(case)
        with freeze_time(fields.Datetime.to_datetime(TODAY) + timedelta(hours=12)):
            wizard = self._end(case)
            self.assertEqual(wizard.amount, 0)
            self.assertIn("free until", wizard.price_html)
            wizard.action_apply()
            self.assertEqual(assignment.state, "recalled")
            assignment.action_answer_stopped()
        self.assertEqual((assignment.state, assignment.amount_cost), ("stopped", 0))
        self.assertEqual((case.phase, case.outcome), ("closed", "withdrawn"))
        kinds = self._kinds(case)
        self.assertLessEqual({"ended", "recalled", "partner_answer"}, set(kinds))

    def test_s09_later_the_price_is_shown_first(self):
        case = self._case()
        assignment = self._assign(case)
        with freeze_time(fields.Datetime.to_datetime(TODAY) + timedelta(hours=13)):
            with self.assertRaisesRegex(UserError, "costs .*75"):
                case.with_user(self.collector).action_withdraw()
            wizard = self._end(case)
            self.assertEqual(wizard.amount, 75)
            with self.assertRaisesRegex(UserError, "tick that you have seen"):
                wizard.action_apply()
            self.assertEqual(case.phase, "amicable")
            self.agreement.fee_withdrawn = 80
            wizard.is_seen = True
            with self.assertRaisesRegex(UserError, "by now, not"):
                wizard.action_apply()
            wizard = self._end(case, is_seen=True)
            wizard.action_apply()
            assignment.amount_stated = 20
            assignment.action_answer_too_late()
        self.assertEqual(assignment.amount_cost, 100)
        # it waits for its yes, although the case is closed
        [cost] = case.cost_ids
        self.assertEqual(
            (cost.type_id.code, cost.stage, cost.amount_net, cost.partner_id),
            ("stop", "requested", 100, self.lawyer),
        )
        cost.with_user(self.approver).action_approve()
        self.assertEqual(cost.stage, "approved")
        with self.assertRaisesRegex(UserError, "nothing to stop"):
            assignment.action_answer_stopped()

    def test_a_reported_cost_becomes_a_request(self):
        case = self._case()
        self._assign(case)
        text = (
            "case;message;kind;date;amount;text\n"
            f"{case.name};m1;cost;2026-03-10;40;Copy of the register\n"
            f"{case.name};m2;cost;2026-03-10;90000;All of it\n"
        )
        self._intake("message", text)
        [cost] = case.cost_ids
        self.assertEqual(
            (cost.type_id.code, cost.stage, cost.amount_net),
            ("lawyer", "requested", 40),
        )
        self.assertIn("Copy of the register", cost.note)
        self.assertEqual(cost.estimate_ground, "Stated by Law Office")
        # what the rules refuse is put before a person
        self.assertTrue(
            [s for s in case.activity_ids.mapped("summary") if "Uneconomic" in s]
        )

    def test_an_insolvency_calls_partners_back(self):
        case = self._case()
        assignment = self._assign(case)
        self.env["debt.collection.insolvency"].create(
            {
                "partner_id": self.debtor.id,
                "company_id": self.company.id,
                "date": TODAY,
                "court": "Court of the town",
            }
        )
        self.assertEqual(assignment.state, "recalled")
        self.assertIn("Bankruptcy, Court of the town", assignment.recall_reason)

    # === FEES === #

    def test_what_a_partner_earned(self):
        """Ten percent of the principal; he keeps the compensation."""
        self.agreement.write(
            {
                "success_percent": 10,
                "keeps_indemnity": True,
                "fee_year": 200,
                "date_from": TODAY - timedelta(days=400),
            }
        )
        move = self._make_invoice()
        case = self._flag(move)
        self._pay(move, amount=30, day=TODAY - timedelta(days=1))  # before he had it
        assignment = self._assign(case)
        self.assertEqual(assignment.amount_fee, 150)
        self._pay(move, amount=40)
        self.env.invalidate_all()
        self.assertEqual(assignment.amount_fee, 154)
        self.assertIn("10.00 % of what came in", assignment.fee_html)
        # two years begun
        self.assertEqual(self.agreement.amount_fees, 400 + 154)
        assignment.action_return()
        self.env.invalidate_all()
        self.assertEqual(assignment.amount_fee, 4)

    def test_first_case_earns_nothing(self):
        self.agreement.is_first_free = True
        first = self._assign(self._case())
        second = self._assign(self._case(partner=self.other_debtor))
        self.assertEqual((first + second).mapped("amount_fee"), [0, 150])
        self.assertIn("The first case is free", first.fee_html)

    def _fee_queries(self, number, first):
        assignments = self.env["debt.collection.assignment"]
        for rank in range(number):
            debtor = self._make_debtor(f"Fee{first + rank} SA")
            assignments |= self._assign(self._case(partner=debtor))
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        assignments.mapped("amount_fee")
        return self.env.cr.sql_log_count - before

    def test_fees_of_many_are_read_together(self):
        few, many = self._fee_queries(2, 0), self._fee_queries(12, 2)
        self.assertLessEqual(many, few + 4)

    def test_first_case_free_and_who_bears_it(self):
        self.agreement.write({"is_first_free": True, "free_hours": 0})
        first, second = self._case(), self._case(partner=self.other_debtor)
        self._assign(first)
        self._assign(second)
        now = fields.Datetime.now()
        self.assertEqual(first._get_stop_total("withdrawn", now), 0)
        self.assertEqual(second._get_stop_total("withdrawn", now), 75)
        self.agreement.bearing_ids = [
            Command.create({"outcome": "withdrawn", "bearer": "partner"})
        ]
        self.assertEqual(second._get_stop_total("withdrawn", now), 0)

    def test_paid_since_the_hand_over(self):
        move = self._make_invoice()
        case = self._flag(move)
        assignment = self._assign(case)
        self._pay(move, amount=40)
        self.env.flush_all()
        self.Run._tell_partners(case.account_id, TODAY)
        told = assignment.line_ids.filtered(lambda m: m.kind == "paid")
        self.assertIn("40", told.text)
        self.assertEqual(assignment.amount_told, 60)
        self.assertFalse(self.Run._get_paid_since_cases(self.company))
        self._pay(move)
        self._run()
        self.assertEqual((case.outcome, assignment.state), ("paid", "recalled"))

    # === MEANS === #

    def test_s06_doubtful_stops_free_with_a_certificate(self):
        case = self._case()
        self._find("doubtful")
        self.assertIn("decide first", case.spending_stop)
        risk = self.env["debt.collection.risk"].with_user(self.approver)
        risk = risk.create({"case_id": case.id, "reason": "Nothing to seize"})
        self.assertEqual(risk.amount, 0)
        action = risk.action_apply()
        wizard = self.env["debt.collection.case.end"].with_user(self.approver)
        wizard = wizard.with_context(**action["context"]).create({})
        self.assertEqual((wizard.outcome, wizard.amount), ("irrecoverable", 0))
        report = wizard.action_apply()
        self.assertEqual(report["report_name"], "debt_collection.certificate_list")
        self.assertEqual(case.outcome, "irrecoverable")
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("debt_collection.report_certificate", case.ids)[0]
            .decode()
        )
        self.assertIn("Doubtful", html)
        self.assertIn(case.name, html)
        self.assertIn(
            "Nothing to seize",
            case.event_ids.filtered(lambda e: e.kind == "ended").personal,
        )

    def test_going_on_is_the_approvers_word(self):
        case = self._case()
        self._find("doubtful")
        case.with_user(self.collector)
        with self.assertRaisesRegex(UserError, "Only an approver"):
            case.with_user(self.collector)._accept_risk("he will pay", TODAY)
        mine = case.with_user(self.approver)
        with self.assertRaisesRegex(UserError, "Say why"):
            mine._accept_risk(" ", TODAY)
        with self.assertRaisesRegex(UserError, "decide first"):
            case._check_spending(TODAY)
        mine._accept_risk("he will pay", TODAY)
        case._check_spending(TODAY)
        self.assertIn("risk", self._kinds(case))
        self._find("insolvent", date=TODAY)
        with self.assertRaisesRegex(UserError, "decide first"):
            case._check_spending(TODAY)

    def test_nobody_goes_on_alone_in_a_collective_procedure(self):
        case = self._case()
        self._find("bankrupt")
        with self.assertRaisesRegex(UserError, "all creditors together"):
            case.with_user(self.approver)._accept_risk("still", TODAY)
        self.assertIn("court", case.spending_stop)

    def test_insolvency_rests_the_clock_until_somebody_takes_the_risk(self):
        case = self._case(days_late=16)
        self._find("insolvent")
        self._run()
        self.assertIn("Insolvent (Credit report", case.why_not)
        self.assertFalse(case.action_ids)
        case.with_user(self.approver)._accept_risk("he will pay", TODAY)
        self._run()
        self.assertTrue(case.action_ids)
        check = self._find("bankrupt", self.other_debtor)
        other = self._case(partner=self.other_debtor)
        self._run()
        self.assertIn("A court serves all creditors", other.why_not)
        check.void_reason = "a namesake"
        check.action_void()
        self._run()
        self.assertTrue(other.action_ids)

    def test_a_notice_to_confirm_stops_spending(self):
        case = self._case()
        check = self._find("bankrupt", state="to_confirm")
        self.assertIn("confirm or annul", case._get_spending_stop(TODAY))
        check.action_void()
        self.assertEqual(case._get_spending_stop(TODAY), "")

    def test_endings_are_guarded(self):
        case = self._case()
        for user, outcome, message in (
            (self.collector, "uneconomic", "Only an approver"),
            (self.approver, "bankrupt", "No finding says so"),
            (self.approver, "irrecoverable", "cannot pay"),
            (self.approver, "paid", "ledger alone"),
        ):
            with self.assertRaisesRegex(UserError, message):
                case.with_user(user)._end(outcome, "why", fields.Datetime.now())
        with self.assertRaisesRegex(UserError, "Say why"):
            case._end("withdrawn", "", fields.Datetime.now())
        ended = case.with_user(self.approver)
        ended._end("uneconomic", "too small", fields.Datetime.now())
        self.assertEqual(case.outcome, "uneconomic")
        with self.assertRaisesRegex(UserError, "closed already"):
            case._end("withdrawn", "again", fields.Datetime.now())
        case.action_reopen()
        self.assertEqual((case.phase, case.event_ids[0].kind), ("amicable", "reopened"))

    def test_the_watch_list(self):
        self.company.write(
            {"debt_collection_watch_exposure": 1000, "debt_collection_watch_days": 30}
        )
        case = self._case(amount=1500.0)
        self._case(amount=50.0, partner=self.other_debtor)
        self._run()
        Watch = self.env["debt.collection.solvency.watch"]
        self.assertEqual(Watch._get_due(self.company, TODAY), self.debtor.ids)
        self.debtor.vat = "LU12345613"
        self.env["debt.collection.solvency.source"].create(
            {
                "name": "Gazette",
                "company_id": self.company.id,
                "document": base64.b64encode(
                    b"reference;date;kind;number\nN1;2026-03-10;bankrupt;12345613\n"
                ),
            }
        )
        self.assertEqual(Watch._watch(self.company, TODAY), self.debtor)
        self.assertIn("means got worse", case.activity_ids.mapped("summary")[-1])
        self.assertIn("court", case._get_spending_stop(TODAY))
        self.assertFalse(Watch._get_due(self.company, TODAY))
        later = TODAY + timedelta(days=30)
        self.assertEqual(Watch._get_due(self.company, later), self.debtor.ids)
        self.assertFalse(Watch._watch(self.company, later))

    def test_a_source_names_no_file_outside_of_its_folder(self):
        source = self.env["debt.collection.solvency.source"].create(
            {"name": "x", "company_id": self.company.id, "file_name": "../../passwd"}
        )
        with self.assertRaisesRegex(UserError, "without a folder"):
            source.action_read()
        source.file_name = "none.csv"
        with self.assertRaisesRegex(UserError, "no file"):
            source.action_read()

    def test_the_score_explains_itself(self):
        case = self._case()
        self.assertIn("No basis: 0 paid", case.behaviour_html)
        for _number in range(3):
            move = self._make_invoice(days_late=40)
            self._pay(move, day=TODAY - timedelta(days=1))
        case.invalidate_recordset(["behaviour_html"])
        self.assertIn("of 100, from 3 paid invoices", case.behaviour_html)
        case.action_record_behaviour()
        check = self.env["debt.collection.solvency.check"].search(
            [("partner_id", "=", self.debtor.id)]
        )
        self.assertEqual((check.origin, check.finding), ("behaviour", "doubtful"))
        self.assertIn("on average 39 days late", check.note)

    # === FILES OF OTHERS === #

    def test_findings_from_a_file(self):
        self._case()
        self._case(partner=self.other_debtor)
        self._run()
        self.debtor.vat = "LU12345613"
        text = (
            "number;name;zip;finding;date;source;reference\n"
            "LU 1234 5613;;;doubtful;01/03/2026;Service;R1\n"
            ";Second debtor, S.A.;2000;insolvent;2026-03-02;Service;R2\n"
            ";Nobody;1;insolvent;2026-03-02;Service;R3\n"
            "12345613;;;broke;2026-03-02;Service;R4\n"
            "12345613;;;solvent;soon;Service;R5\n"
        )
        intake = self._intake("solvency", text.encode("cp1252"))
        self.assertEqual((intake.good_count, intake.bad_count), (2, 3))
        self.assertEqual(intake.line_ids.mapped("number"), [4, 5, 6])
        reasons = " ".join(intake.line_ids.mapped("reason"))
        for word in ("No debtor", "Unknown finding “broke”", "“soon” is no date"):
            self.assertIn(word, reasons)
        Check = self.env["debt.collection.solvency.check"]
        states = {c.partner_id: c.state for c in Check.search([])}
        self.assertEqual(
            states, {self.debtor: "valid", self.other_debtor: "to_confirm"}
        )
        again = self._intake("solvency", text.encode("cp1252"))
        self.assertEqual((again.good_count, again.known_count), (0, 2))

    def test_a_thousand_messages_with_three_bad_ones(self):
        case = self._case()
        self._assign(case)
        lines = [f"m{n};{case.name};note;2026-03-16;;word {n}" for n in range(1, 1001)]
        lines[9] = "m10;DC/0000/99999;note;2026-03-16;;"
        lines[499] = f"m500;{case.name};danced;2026-03-16;;"
        lines[999] = f";{case.name};note;2026-03-16;;"
        text = "message;case;kind;date;amount;text\n" + "\n".join(lines)
        intake = self._intake("message", text.encode("utf-16"))
        self.assertEqual((intake.good_count, intake.bad_count), (997, 3))
        self.assertEqual(intake.line_ids.mapped("number"), [11, 501, 1001])
        again = self._intake("message", text)
        self.assertEqual((again.good_count, again.known_count), (0, 997))
        Message = self.env["debt.collection.assignment.message"]
        self.assertEqual(Message.search_count([("direction", "=", "in")]), 997)

    def test_his_answer_by_file(self):
        case = self._case()
        assignment = self._assign(case)
        assignment.action_recall()
        rows = [
            {
                "message": "a1",
                "case": case.name,
                "kind": "too late",
                "date": "2026-03-16",
                "amount": "212,40",
            },
            {"message": "a2", "case": case.name, "kind": "stopped", "date": "20260317"},
        ]
        intake = self._intake("message", json.dumps(rows))
        self.assertEqual((assignment.state, intake.good_count), ("too_late", 1))
        self.assertEqual(assignment.amount_cost, 212.4)
        self.assertIn("nothing to stop", intake.line_ids.reason)

    def test_bad_lines_can_be_tried_again(self):
        case = self._case()
        text = f"message,case,kind,date\nb1,{case.name},received,2026-03-16\n"
        intake = self._intake("message", text)
        self.assertIn("has no case", intake.line_ids.reason)
        self._assign(case)
        intake.action_retry()
        self.assertEqual((intake.good_count, intake.bad_count), (1, 0))

    def test_another_partner_cannot_speak_for_him(self):
        case = self._case()
        assignment = self._assign(case)
        text = f"message,case,kind,date\nb1,{case.name},stopped,2026-03-16\n"
        intake = self._intake("message", text, partner_id=self.other_debtor.id)
        self.assertEqual((intake.bad_count, assignment.state), (1, "handed_over"))

    @settings(derandomize=True, deadline=None, database=None, max_examples=25)
    @given(content=st.binary(min_size=1, max_size=200), kind=st.sampled_from(KINDS))
    def test_any_bytes_after_a_head(self, content, kind):
        """Whatever follows a good head: taken in or listed, never an error."""
        head = b"message;case;kind;date;amount;number;finding;source\n"
        intake = self._intake(kind, head + content)
        self.assertEqual(intake.state, "done")

    @mute_logger("odoo.sql_db")
    def test_bytes_of_any_kind(self):
        self._assign(self._case())
        for content in (
            b"\x00\xff\xfe\x00\xd8",
            b"message;case\n\x00;\x00",
            b'[{"message": "\\ud800", "case": [1]}]',
            b"\xff\xfe" + b"message;kind\n1;x".hex().encode(),
            b'"' * 999,
        ):
            for kind in KINDS:
                intake = self._intake(kind, content)
                self.assertEqual((intake.state, intake.good_count), ("done", 0))
