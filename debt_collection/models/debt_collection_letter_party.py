from odoo import models


class DebtCollectionLetterParty(models.AbstractModel):
    """The copy of a formal notice for who owes beside the debtor."""

    _name = "debt.collection.letter.party"
    _description = "Copy of a letter for a party"

    def _render_copy(self, delivery):
        """The PDF of the copy of a formal notice for a party.

        :rtype: bytes
        """
        party = delivery.party_id
        lang = party._get_lang()
        letter, action = (
            record.with_context(lang=lang) for record in (self, delivery.action_id)
        )
        matter = letter._read_matters(action)[action.id]
        if isinstance(matter, Exception):
            raise matter
        values = letter._get_values(action, matter) | {
            "recipient": party.partner_id.with_context(lang=lang),
            "copy_note": party.with_context(lang=lang)._get_note(),
            "marks": {"debtor": action.partner_id.name},
            "draft": False,
            "url": False,
            "url_code": False,
        }
        body = letter._render_words("debt_collection.letter_party_copy", values)
        letter._check_mentions(action, values, body)
        pdf = letter._print([(delivery.id, body)])[delivery.id]
        if isinstance(pdf, Exception):
            raise pdf
        return pdf
