from werkzeug.exceptions import BadRequest

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.http import request

from .visit import CollectVisit, door

CHOICE_KEY = "debt_collection_choice"


class CollectPay(CollectVisit):
    """The door "I pay": a choice is kept here, the amount is worked out from it."""

    # === ROUTES === #

    @door("/choose")
    def collect_choose(self, visit, form):
        """All of it, the next instalment, an amount or some invoices; then the form."""
        return self._collect_show_choice(visit)

    @door("/choose", methods=("POST",))
    def collect_choose_post(self, visit, form):
        """Keep what the debtor chose; the next page asks for it."""
        pay, statement = visit.env["debt.collection.page.pay"], self._statement(visit)
        items = request.httprequest.form.getlist("item")
        wish = {
            "kind": form.get("kind"),
            "amount": self._collect_get_number(form.get("amount")),
            "items": {self._cast_as_int(item) for item in items} - {None},
        }
        try:
            choice = pay._read_choice(visit.matter, statement, wish)
        except UserError as error:
            return self._collect_show_choice(visit, str(error.args[0]), wish)
        request.session[CHOICE_KEY] = {visit.url: choice}
        return self._collect_go(visit, "/choose#pay")

    @door("/pay", kind="jsonrpc")
    def collect_pay(self, visit, form):
        """Start an online payment of all that is open.

        :return: the processing values of the transaction
        :rtype: dict
        """
        return self._collect_start_payment(visit, {"kind": "all"}, visit.url, form)

    @door("/pay/chosen", kind="jsonrpc")
    def collect_pay_chosen(self, visit, form):
        """Start an online payment of what was chosen.

        :return: the processing values of the transaction
        :rtype: dict
        """
        choice = self._collect_get_choice_kept(visit)
        return self._collect_start_payment(visit, choice, visit.url, form)

    # === THE CHOICE === #

    def _statement(self, visit):
        return visit.env["debt.collection.page"]._get_statement(visit.matter, visit.day)

    def _collect_get_choice_kept(self, visit):
        return request.session.get(CHOICE_KEY, {}).get(visit.url) or {"kind": "all"}

    def _collect_show_choice(self, visit, error=None, wish=None):
        pay, statement = visit.env["debt.collection.page.pay"], self._statement(visit)
        choice = self._collect_get_choice_kept(visit)
        online = pay._choose(visit.matter, statement, choice)
        form, page = {}, visit.env["debt.collection.page"]
        if online.amount and not online.is_under_way and not error:
            form = self._collect_get_form_values(
                visit.matter, online, visit.url, f"{visit.url}/pay/chosen"
            )
        values = {
            **form,
            "can_pay_online": bool(form),
            "statement": statement,
            "online": online,
            "is_online_all": True,
            "choices": pay._get_choices(visit.matter, statement),
            "choice": wish or choice,
            "payable": pay._list_payable(visit.matter),
            "listed": pay._word_listed(visit.matter),
            "instalment": pay._get_next_instalment(visit.matter),
            "transfer": page._get_transfer(visit.matter, online.amount),
        }
        return self._collect_render(
            "debt_collection_portal.collect_choose", visit, values, error
        )

    # === THE PAYMENT === #

    def _collect_get_options(self, matter, amount):
        """The providers and methods a debtor may use for this amount, as superuser."""
        account = matter.account
        # Read for a visitor, as Odoo's own payment pages do.
        providers_sudo = request.env["payment.provider"].sudo()
        providers_sudo = providers_sudo._get_compatible_providers(
            account.company_id.id,
            account.partner_id.id,
            amount,
            currency_id=account.currency_id.id,
        )
        # As above.
        methods_sudo = request.env["payment.method"].sudo()
        methods_sudo = methods_sudo._get_compatible_payment_methods(
            providers_sudo.ids,
            account.partner_id.id,
            currency_id=account.currency_id.id,
        )
        return providers_sudo, methods_sudo

    def _collect_get_form_values(self, matter, online, landing, route):
        """The context of `payment.form`; empty when nobody can take the payment.

        No saved card is offered and none is saved: who holds a letter may be anybody
        at the debtor's.
        """
        providers_sudo, methods_sudo = self._collect_get_options(matter, online.amount)
        if not methods_sudo:
            return {}
        return {
            "amount": online.amount,
            "currency": matter.account.currency_id,
            "partner_id": matter.account.partner_id.id,
            "providers_sudo": providers_sudo,
            "payment_methods_sudo": methods_sudo,
            # an empty set, none of the debtor's
            "tokens_sudo": request.env["payment.token"].sudo(),
            "show_tokenize_input_mapping": dict.fromkeys(providers_sudo.ids, False),
            "transaction_route": route,
            "landing_route": landing,
        }

    def _collect_start_payment(self, visit, choice, landing_route, kwargs):
        """Make the transaction; the browser chooses the method, nothing else."""
        if not request.validate_csrf(kwargs.get("csrf_token")):
            raise BadRequest()
        matter, account = visit.matter, visit.matter.account
        pay = visit.env["debt.collection.page.pay"]
        online = pay._choose(matter, self._statement(visit), choice)
        self._collect_check_online(account, online, kwargs)
        transaction_sudo = self._create_transaction(
            **self._collect_get_method(matter, online.amount, kwargs),
            token_id=None,
            amount=online.amount,
            currency_id=account.currency_id.id,
            partner_id=account.partner_id.id,
            tokenization_requested=False,
            landing_route=landing_route,
            reference_prefix=visit.env["debt.collection.page"]._get_reference(matter),
            custom_create_values={
                "invoice_ids": [
                    Command.set(pay._get_moves(matter, choice, online.amount).ids)
                ]
            },
        )
        transaction_sudo._log_on_cases("payment_started")
        return transaction_sudo._get_processing_values()

    def _collect_check_online(self, account, online, kwargs):
        """Refuse what the page did not show, or shows no more."""
        if not online.amount or online.is_under_way:
            raise UserError(
                request.env._(
                    "There is nothing to pay online now. Reload the page to see why."
                )
            )
        shown = self._cast_as_float(kwargs.get("amount"))
        if shown is None or account.currency_id.compare_amounts(shown, online.amount):
            raise UserError(
                request.env._("The amount has changed. Reload the page, then pay.")
            )

    def _collect_get_method(self, matter, amount, kwargs):
        """Provider, method and flow that the browser chose, if the page offers them."""
        providers_sudo, methods_sudo = self._collect_get_options(matter, amount)
        provider_id = self._cast_as_int(kwargs.get("provider_id"))
        method_id = self._cast_as_int(kwargs.get("payment_method_id"))
        method_sudo = methods_sudo.filtered(lambda method: method.id == method_id)
        offered = method_sudo.provider_ids & providers_sudo
        if provider_id not in offered.ids or kwargs.get("flow") not in (
            "redirect",
            "direct",
        ):
            raise BadRequest()
        return {
            "provider_id": provider_id,
            "payment_method_id": method_id,
            "flow": kwargs["flow"],
        }
