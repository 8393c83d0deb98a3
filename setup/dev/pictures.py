"""Draw every letter in every language: read by `odoo shell`, writes PDF files.

Everything happens in a transaction that is rolled back. The folder comes from the
environment (PICTURES); the languages have to be installed.
"""

# ruff: noqa: F821 - `env` is the shell's
import base64
import io
import os
from datetime import date, timedelta
from pathlib import Path

from freezegun import freeze_time
from PIL import Image, ImageDraw

from odoo import Command

TARGET = Path(os.environ["PICTURES"])
LANGS = ("en_US", "fr_BE", "nl_BE", "de_DE")
TODAY = date(2026, 3, 16)
PAGE = "https://creditor.example/collect/6pYhS2kQ0vZrT8mD1xLwAg"
STEPS = [
    {"name": "Before the due date", "delay": -5, "charges": "waived"},
    {"name": "First letter", "delay": 5, "notice_kind": "first", "charges": "waived"},
    {"name": "Second letter", "delay": 20, "wait": 14},
    {"name": "Formal notice", "delay": 35, "wait": 14, "notice_kind": "formal"},
]


def make_company():
    env.ref("base.EUR").active = True
    company = env["res.company"].create(
        {
            "name": "Menuiserie du Parc SRL",
            "currency_id": env.ref("base.EUR").id,
            "company_registry": "0403019261",
            "debt_collection_paused": False,
            "report_footer": "<p>Menuiserie du Parc SRL · BE71 0961 2345 6769</p>",
        }
    )
    # on the partner: on the company a country installs its localisation, and a mail
    # address is looked up on the internet
    company.partner_id.write(
        {
            "country_id": env.ref("base.be").id,
            "street": "Rue du Parc 12",
            "zip": "4000",
            "city": "Liège",
            "email": "compta@menuiserie.example",
            "phone": "+32 4 000 00 00",
        }
    )
    env.user.company_ids |= company
    env["account.chart.template"].try_loading("generic_coa", company, False)
    company.currency_id = env.ref("base.EUR")
    env["res.partner.bank"].create(
        {
            "partner_id": company.partner_id.id,
            "acc_number": "BE71096123456769",
            "company_id": company.id,
        }
    )
    return company


def make_policy(env):
    env["debt.collection.policy"].search([]).action_archive()
    steps = [
        Command.create({**step, "sequence": 10 * number, "opens_case": number > 1})
        for number, step in enumerate(STEPS, 1)
    ]
    return env["debt.collection.policy"].create({"name": "Ladder", "step_ids": steps})


def make_invoice(env, partner, due, amount):
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_date": due - timedelta(days=30),
            "invoice_date_due": due,
            "invoice_payment_term_id": False,
            "currency_id": env.ref("base.EUR").id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": "Oak stairs, made to measure and fitted",
                        "price_unit": amount,
                        "tax_ids": [Command.clear()],
                    }
                )
            ],
        }
    )
    move.action_post()
    return move


def make_action(env, step, partner, moves):
    items = moves.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
    key = items[0]._get_collection_key()
    account = env["debt.collection.account"]._ensure({key})[key]
    case = env["debt.collection.case"]
    if step.opens_case:
        case = (
            case._open_for_items(items, TODAY, "step")
            or items._get_open_claim().case_id
        )
    return env["debt.collection.action"].create(
        {
            "account_id": account.id,
            "case_id": case.id,
            "company_id": env.company.id,
            "partner_id": partner.id,
            "currency_id": env.ref("base.EUR").id,
            "step_id": step.id,
            "notice_kind": step.notice_kind,
            "date": TODAY,
            "line_ids": [
                Command.create(
                    {
                        "move_line_id": item.id,
                        "company_id": env.company.id,
                        "step_id": step.id,
                    }
                )
                for item in items
            ],
        }
    )


def make_letters():
    company = make_company()
    here = env(context={**env.context, "allowed_company_ids": company.ids})
    policy = make_policy(here)
    for is_company in (True, False):
        for number, step in enumerate(policy.step_ids):
            days = 4 if not number else -10 - 15 * number
            partner = here["res.partner"].create(
                {
                    "name": "Bouwwerken Peeters NV" if is_company else "An Janssens",
                    "is_company": is_company,
                    "street": "Lange Nieuwstraat 5 bus 12",
                    "zip": "2000",
                    "city": "Antwerpen",
                    "country_id": here.ref("base.be").id,
                    "email": "debtor@debtor.example",
                }
            )
            moves = here["account.move"]
            # the last letter of an enterprise is a long one
            for index in range(40 if is_company and number == 3 else 2):
                due = TODAY + timedelta(days=days - index)
                moves |= make_invoice(here, partner, due, 1210.5 + index)
            kind = "enterprise" if is_company else "consumer"
            yield f"{kind}-{number + 1}", make_action(here, step, partner, moves)


def draw():
    TARGET.mkdir(parents=True, exist_ok=True)
    Letter = env["debt.collection.letter"]
    Action = type(env["debt.collection.action"])
    Action._get_portal_url = lambda self: PAGE
    for name, action in list(make_letters()):
        for lang in LANGS:
            action.lang = lang
            file = action.env[Letter._name]._render_pdf(action)
            (TARGET / f"{name}-{lang[:2]}.pdf").write_bytes(file)
            draw_mail(action, f"{name}-{lang[:2]}")
    draw_copy(action)
    case = action.case_id
    draw_dispute(case)
    draw_plan(case)
    for lang in LANGS:
        draw_document(case, "statement", lang)
    pay(case.env, case.claim_ids[0].move_line_id)
    for lang in LANGS:
        draw_document(case, "receipt", lang)
    pay(case.env, case.claim_ids[1].move_line_id)
    case._close("paid", TODAY)
    for lang in LANGS:
        draw_document(case, "closing", lang)
        draw_document(case, "release", lang)
    draw_certificate(case)


def draw_letters(action):
    """A letter outside the ladder, as it stands now, in each language."""
    for lang in LANGS:
        action.lang = lang
        file = action.env["debt.collection.letter"]._render_pdf(action)
        name = f"{action.letter_key}-{lang[:2]}"
        (TARGET / f"{name}.pdf").write_bytes(file)
        draw_mail(action, name)


def find_letter(case, key):
    return case.action_ids.filtered(lambda action: action.letter_key == key)


def draw_plan(case):
    """A plan offered, signed with a drawing, and broken."""
    case.partner_id.debt_collection_kind = "consumer"
    lines = [(TODAY + timedelta(days=14 + 30 * n), 605.25) for n in range(4)]
    plan = case._propose_plan({"kind": "plan", "lines": lines}, "debtor")
    if plan.state == "proposed":
        plan.action_offer()
    draw_letters(find_letter(case, "plan_proposal"))
    words = "two thousand four hundred and twenty-one euros"
    plan._sign("An Janssens", draw_signature(), "192.0.2.1", words)
    draw_letters(find_letter(case, "plan_agreement"))
    plan._end("broken", TODAY + timedelta(days=20))
    letter = find_letter(case, "plan_broken")
    letter.date = TODAY
    draw_letters(letter)


def draw_signature():
    image = Image.new("RGB", (320, 90), "white")
    points = [(10, 60), (60, 20), (90, 70), (130, 30), (170, 65), (230, 40), (310, 50)]
    ImageDraw.Draw(image).line(points, fill="#102a5c", width=4, joint="curve")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


def draw_dispute(case):
    """A dispute received and answered in part."""
    claim = case.claim_ids[0]
    dispute = case._open_dispute(
        {
            "reason_id": case.env.ref("debt_collection.dispute_reason_price").id,
            "date": TODAY,
            "line_ids": [Command.create({"claim_id": claim.id, "amount": 400})],
        },
        "debtor",
    )
    draw_letters(find_letter(case, "dispute_received"))
    dispute._reject("The price is the one of the offer that you signed.", TODAY)
    dispute._tell("answer")
    draw_letters(find_letter(case, "dispute_answer"))


def draw_copy(action):
    """The formal notice for a guarantor, and the cover sheet of a plain copy."""
    guarantor = action.env["res.partner"].create(
        {"name": "Jan Janssens", "street": "Kerkstraat 1", "zip": "9000"}
        | {"city": "Gent", "country_id": action.env.ref("base.be").id}
    )
    party = action.env["debt.collection.party"].create(
        {"case_id": action.case_id.id, "partner_id": guarantor.id, "role": "guarantor"}
        | {"amount_maximum": 1500}
    )
    Delivery = action.env["debt.collection.delivery"]
    values = {"action_id": action.id, "company_id": action.company_id.id}
    values |= {"channel": "post", "copy_id": guarantor.id}
    copy = Delivery.create({**values, "party_id": party.id})
    for lang in LANGS:
        guarantor.lang, action.lang = lang, lang
        file = action.env["debt.collection.letter"]._render_copy(copy)
        (TARGET / f"copy-guarantor-{lang[:2]}.pdf").write_bytes(file)
        cover = copy._render_copy_cover()
        (TARGET / f"copy-cover-{lang[:2]}.pdf").write_bytes(cover)
        draw_document(action.case_id, "visit", lang)


def pay(env, item):
    """A bank line for the whole of an invoice."""
    line = env["account.bank.statement.line"].create(
        {
            "journal_id": env["account.journal"]
            .search([("company_id", "=", env.company.id), ("type", "=", "bank")])[:1]
            .id,
            "date": TODAY,
            "partner_id": item.partner_id.id,
            "payment_ref": item.move_name,
            "amount": item.amount_residual,
            "counterpart_account_id": item.account_id.id,
        }
    )
    paid = line.move_id.line_ids.filtered(lambda x: x.account_id == item.account_id)
    (item + paid).reconcile()


def draw_mail(action, name):
    """The mail that goes with a letter, as a page for a browser."""
    template = action.env["debt.collection.letter"]._get_mail_template(action)
    mail = template._generate_template(action.ids, ["subject", "body_html"])[action.id]
    page = "<meta charset='utf-8'><h3>{subject}</h3>{body_html}".format(**mail)
    (TARGET / f"mail-{name}.html").write_text(page)


def draw_certificate(case):
    """The declaration of irrecoverability for the creditor's own books."""
    lost = make_invoice(case.env, case.partner_id, TODAY - timedelta(days=90), 605.0)
    item = lost.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
    other = case._open_for_items(item, TODAY, "flag")
    other._close("irrecoverable", TODAY)
    for lang in LANGS:
        case.company_id.partner_id.lang = lang
        draw_document(other, "certificate", lang)


def draw_document(case, document, lang):
    case.partner_id.lang = lang
    Letter = case.env["debt.collection.letter"]
    body = case.env["debt.collection.document"]._render_case(case, document, TODAY)
    (TARGET / f"case-{document}-{lang[:2]}.pdf").write_bytes(Letter._run_engine([body]))


with freeze_time(TODAY):
    draw()
env.cr.rollback()
