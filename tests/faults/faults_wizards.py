"""Jobs that press the buttons of wizards, and what each button needs before.

A maker prepares one case, as the system, and returns what the screen of the wizard
holds just before its user presses. Everything it makes is committed.
"""

import faults_picture
from faults_jobs import transaction

from odoo import SUPERUSER_ID, Command, fields
from odoo.exceptions import UserError
from odoo.service.model import retrying

ROLES = (
    "base.group_user",
    "debt_collection.debt_collection_group_manager",
    "debt_collection.debt_collection_group_approver",
    "account.group_account_invoice",
)
#: buttons that keep nothing but their own rows, and why
READERS = {
    "debt.collection.statement.show.action_print": "a report",
    "debt.collection.statement.show.action_download": "a file made when asked",
}


def make_people(registry, company):
    """Somebody who may do everything, and a colleague who asks him: ids by login."""
    with transaction(registry) as env:
        groups = [env.ref(role).id for role in ROLES]
        users = env["res.users"].create(
            [
                {
                    "name": login,
                    "login": login,
                    "email": f"{login}@creditor.example",
                    "company_id": company,
                    "company_ids": [Command.set([company])],
                    "group_ids": [Command.set(groups)],
                }
                for login in ("boss", "colleague")
            ]
        )
        return dict(zip(users.mapped("login"), users.ids, strict=True))


def list_wizards(registry):
    """Every button of a transient model that our addons define, or the model's name.

    A model of ours without a button, or one of Odoo's that ours extend, by its name.
    """
    found = set()
    for name, model in registry.items():
        ours = [part for part in model.__mro__ if _is_ours(part, name)]
        if model._transient and ours:
            buttons = {
                n for part in ours for n in vars(part) if n.startswith("action_")
            }
            found |= {f"{name}.{button}" for button in buttons} or {name}
    return sorted(found)


def _is_ours(part, name):
    """Whether a class is what our addons say of a model, and not of all models."""
    where = part.__module__.startswith("odoo.addons.debt_collection")
    return where and getattr(part, "_name", None) == name


# -- pressing ------------------------------------------------------------------------


def open_wizard(registry, key, case, user, other):
    """Prepare what a button needs; the id of the wizard its user has before him."""
    _use_invented_law(registry)
    with _as(registry, case, SUPERUSER_ID) as env:
        vals = MAKERS[key](env, env["debt.collection.case"].browse(case), user, other)
        model, _point, _button = key.rpartition(".")
        return env[model].with_user(user).create(vals).id


def press(registry, key, wizard, case, user):
    """Somebody presses, as the web does it; the message he gets."""
    _use_invented_law(registry)
    with _as(registry, case, user) as env:
        try:
            retrying(_get_button(env, key, wizard), env)
        except UserError as error:
            env.cr.rollback()
            return str(error)
        return ""


def rehearse(registry, key, wizard, case, user):
    """What pressing would leave, seen before it is kept; nothing is."""
    _use_invented_law(registry)
    with _as(registry, case, user) as env:
        _get_button(env, key, wizard)()
        env.cr.flush()  # with what waits for the commit
        picture = faults_picture.take(env.cr._obj)
        env.cr.rollback()
        return picture


def _as(registry, case, user):
    with transaction(registry) as env:
        company = env["debt.collection.case"].browse(case).company_id.id
    return transaction(registry, user, allowed_company_ids=[company])


def _get_button(env, key, wizard):
    model, _point, button = key.rpartition(".")
    return getattr(env[model].browse(wizard), button)


def _use_invented_law(registry):
    """The standard regime opens every route."""
    regime = registry["debt.collection.regime.standard"]
    regime._get_route_obstacles = lambda self, route, matter: ()


# -- makers --------------------------------------------------------------------------


def _find(case, finding):
    """What is known of the debtor's means."""
    case.env["debt.collection.solvency.check"].create(
        {
            "partner_id": case.partner_id.id,
            "company_id": case.company_id.id,
            "date": _today(case),
            "source": "Register",
            "finding": finding,
        }
    )


def _end_case(env, case, user, other):
    _find(case, "insolvent")
    outcome = {"outcome": "irrecoverable", "reason": "nothing there"}
    return {"case_id": case.id, "is_seen": True, **outcome}


def _change_regime(env, case, user, other):
    return {"case_id": case.id, "regime": "be_b2b", "reason": "a Belgian after all"}


def _record_contact(env, case, user, other):
    return {
        "case_id": case.id,
        "outcome_id": env.ref("debt_collection.outcome_promise").id,
        "is_incoming": True,
        "person": "Ann",
    }


def _ask_cost(env, case, other):
    return case.with_user(other)._request_cost(
        {
            "type_id": env.ref("debt_collection.cost_type_inquiry").id,
            "partner_id": case.company_id.partner_id.id,
            "amount_net": 10,
        }
    )


def _decide_costs(env, case, user, other):
    costs = _ask_cost(env, case, other)
    return {"verb": "refuse", "cost_ids": [Command.set(costs.ids)], "words": "not now"}


def _settle_dispute(env, case, user, other):
    line = {"claim_id": case.claim_ids.id, "amount": 50}
    dispute = case._open_dispute(
        {
            "reason_id": env["debt.collection.dispute.reason"].search([], limit=1).id,
            "description": "half of it was broken",
            "line_ids": [Command.create(line)],
        },
        "debtor",
    )
    return {"dispute_id": dispute.id, "outcome": "accept", "answer": "You are right."}


def _erase(env, case, user, other):
    company = case.company_id.id
    env["debt.collection.retention"].create({"company_id": company, "months": 0})
    case.message_post(body="Mister Secret wrote", message_type="comment")
    case._close("withdrawn", fields.Date.to_date("2020-01-01"))
    return {"company_id": company}


def _hand_over(env, case, user, other):
    lawyer = env["res.partner"].create(
        {"name": "Law Office", "email": "law@office.example"}
    )
    agreement = env["debt.collection.agreement"].create(
        {
            "name": "Our lawyer",
            "company_id": case.company_id.id,
            "partner_id": lawyer.id,
            "fee_case": 150,
        }
    )
    return {
        "agreement_id": agreement.id,
        "case_ids": [Command.set(case.ids)],
        "reason": "no order in writing",
    }


def _make_route(env, code):
    """An invented procedure of one act."""
    done = {"name": "Went well", "code": "ok", "is_end": True}
    step_type = env["debt.collection.legal.step.type"].create(
        {
            "name": "First act",
            "code": f"{code}_first",
            "performer": "bailiff",
            "phase": "legal",
            "result_ids": [Command.create(done)],
        }
    )
    line = {"type_id": step_type.id, "is_start": True}
    route = {"name": "Way of the faults", "code": code}
    return env["debt.collection.legal.route"].create(
        {**route, "line_ids": [Command.create(line)]}
    )


def _propose_step(env, case, user, other):
    route = _make_route(env, "faults_propose")
    types = route.line_ids.type_id
    return {"case_id": case.id, "route_id": route.id, "type_id": types.id}


def _record_step(env, case, user, other):
    route = _make_route(env, "faults_record")
    _find(case, "solvent")
    step = case.with_user(user)._start_step(route, route.line_ids.type_id)
    step._order_on(_today(case))
    return {"step_id": step.id, "date": _today(case), "note": "served in person"}


def _make_letter(env, case, user, other):
    return {"case_ids": [Command.set(case.ids)], "release": True}


def _choose_ladder(env, case, user, other):
    domain = [("company_id", "=", case.company_id.id)]
    policy = env["debt.collection.policy"].search(domain, limit=1)
    return {"policy_ids": [Command.set(policy.ids)], "is_test": True}


def _accept_risk(env, case, user, other):
    _find(case, "doubtful")
    return {"case_id": case.id, "decision": "go_on", "reason": "he has a house"}


def _preview(env, case, user, other):
    return {}


def _stop(env, case, user, other):
    return {"partner_id": case.partner_id.id, "words": "His daughter called."}


def _recover(env, case, user, other):
    loss = env["account.account"].create(
        {
            "name": "Losses",
            "code": f"69{case.id:04d}",
            "account_type": "expense",
            "company_ids": [Command.set(case.company_id.ids)],
        }
    )
    case.company_id.debt_collection_loss_account_id = loss
    asked = {"case_id": case.id, "cause": "irrecoverable", "reason": "gone"}
    off = env["debt.collection.write.off"].with_user(other).create(asked)
    off.with_user(user).action_post()
    _receive(env, case, 40)
    return {"write_off_id": off.id}


def _receive(env, case, amount):
    """Money of the debtor that nobody matched."""
    journal = env["account.journal"].search(
        [("company_id", "=", case.company_id.id), ("type", "=", "bank")], limit=1
    )
    env["account.bank.statement.line"].create(
        {
            "journal_id": journal.id,
            "date": _today(case),
            "partner_id": case.partner_id.id,
            "payment_ref": "on account",
            "amount": amount,
            "counterpart_account_id": case.claim_ids.move_line_id.account_id.id,
        }
    )


def _today(case):
    return case.company_id._get_collection_today()


#: button -> what prepares it
MAKERS = {
    "debt.collection.case.end.action_apply": _end_case,
    "debt.collection.claim.regime.action_apply": _change_regime,
    "debt.collection.contact.record.action_record": _record_contact,
    "debt.collection.cost.decide.action_done": _decide_costs,
    "debt.collection.dispute.settle.action_settle": _settle_dispute,
    "debt.collection.erasure.action_erase": _erase,
    "debt.collection.handover.action_apply": _hand_over,
    "debt.collection.legal.propose.action_propose": _propose_step,
    "debt.collection.legal.record.action_record": _record_step,
    "debt.collection.letter.make.action_make": _make_letter,
    "debt.collection.onboarding.ladder.action_save": _choose_ladder,
    "debt.collection.risk.action_apply": _accept_risk,
    "debt.collection.run.preview.action_preview": _preview,
    "debt.collection.stop.action_stop": _stop,
    "debt.collection.write.off.recover.action_apply": _recover,
}
