import sys

from odoo import api, models
from odoo.exceptions import UserError

#: where calls from outside come in: the web client, RPC of any kind, imports
DOOR = ("odoo.service.model", "call_kw")
#: what anybody may call by name; every other method of the addons is a verb
PLAIN = {"create", "write", "copy", "_check_lock", "_is_by_hand", "_get_locked"}
OURS = "odoo.addons.debt_collection"


class DebtCollectionLock(models.AbstractModel):
    """Facts move by verbs: what a field declares read-only is not written by hand.

    A view can only hide an input. Whoever may write a row may call `write` from
    outside, on the row or by way of a relation to it, and with it state, sums and days
    of what is evidence. This mixin refuses it where the call is made: a locked field is
    written by the system, or by a method of the addons, never straight from outside.
    """

    _name = "debt.collection.lock"
    _description = "Fields that verbs write"

    #: whether rows are made from outside at all
    _is_made_by_hand = False

    @api.model_create_multi
    def create(self, vals_list):
        self._check_lock({name for vals in vals_list for name in vals}, is_new=True)
        return super().create(vals_list)

    def write(self, vals):
        self._check_lock(vals.keys())
        return super().write(vals)

    def _check_lock(self, names, is_new=False):
        """:raises UserError: a locked field is written by hand"""
        if self.env.su or (is_new and self._is_made_by_hand):
            return
        locked = self._get_locked() & set(names)
        if (locked or is_new) and self._is_by_hand():
            raise UserError(
                self.env._(
                    "%(model)s: these fields move by their buttons alone (%(fields)s).",
                    model=self._description,
                    fields=", ".join(
                        sorted(self._fields[name].string for name in locked)
                    )
                    or "-",
                )
            )

    @api.model
    def _get_locked(self):
        """Names of the stored fields that no screen writes."""
        return {
            name
            for name, field in self._fields.items()
            if field.store
            and field.readonly
            and (field._module or "").startswith("debt_collection")
        }

    @api.model
    def _is_by_hand(self):
        """Whether the call came from outside, through no method of the addons."""
        frame = sys._getframe(1)
        while frame:
            name, module = frame.f_code.co_name, frame.f_globals.get("__name__", "")
            if module.startswith(OURS) and name not in PLAIN:
                return False
            if (module, name) == DOOR:
                return True
            frame = frame.f_back
        return False
