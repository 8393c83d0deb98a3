from lxml import html as lxml_html

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import html_sanitize

FIELDS = ("draft_letter", "draft_subject", "draft_mail", "draft_amount")


class DebtCollectionDraft(models.AbstractModel):
    """The words of one letter and its mail as a person changed them before release.

    A changed text is checked when it is kept, when it is released and when the letter
    is made: the compulsory mentions stand as proposed, and the amount due is the one
    it was written for.
    """

    _name = "debt.collection.draft"
    _description = "Edited words of a letter"

    @api.model
    def _get_draft(self, action):
        """The words as they would go out now: edited, else proposed.

        :return: letter and mail as HTML, subject, edited; ``problem`` is a sentence
            where no letter can be made
        :rtype: dict
        """
        draft = {"letter": "", "subject": "", "mail": "", "edited": False}
        draft.update(problem="", version=str(action.write_date))
        if not action._get_written_channels():
            return draft
        try:
            with self.env.cr.savepoint(flush=False):
                return draft | self._read_draft(action)
        except Exception as error:  # noqa: BLE001 - a template may raise anything
            return draft | {"problem": str(error)}

    def _read_draft(self, action):
        if action.letter_key:
            letter, proposed = self.env["debt.collection.letter"], False
        else:
            letter, action, values = self._get_values(action)
            proposed = self._propose(letter, values)
        mail = {"subject": "", "body_html": ""}
        if "email" in action._get_written_channels():
            mail = letter._get_mail_template(action)._generate_template(
                action.ids, ["subject", "body_html"]
            )[action.id]
        return {
            "letter": action.draft_letter or proposed or letter._render_body(action),
            "subject": action.draft_subject or mail["subject"],
            "mail": action.draft_mail or mail["body_html"],
            "edited": bool(action.draft_letter or action.draft_mail),
        }

    @api.model
    def _get_values(self, action):
        """The letter's room and values in the language of its recipient."""
        lang = action.lang or action._get_lang()
        letter = self.env["debt.collection.letter"].with_context(lang=lang)
        action = action.with_context(lang=lang)
        letter = letter.with_company(action.company_id)
        matter = letter._read_matters(action)[action.id]
        if isinstance(matter, Exception):
            raise matter
        return letter, action, letter._get_values(action, matter)

    @api.model
    def _propose(self, letter, values):
        return letter._render_words(values["text_template"], values)

    @api.model
    def _store(self, action, letter_html, subject, mail_html):
        """Keep changed words on an action under review; what is unchanged is not kept.

        :raises UserError: released already, a compulsory mention is lacking, or the
            letter comes from a record whose words stand
        """
        if action.letter_key:
            raise UserError(
                self.env._(
                    "The words of a letter outside the ladder stand: correct what it "
                    "is about, or skip it."
                )
            )
        letter, localized, values = self._get_values(action)
        proposed = str(self._propose(letter, values))
        changed = self._normalize(letter_html) != self._normalize(proposed)
        action.write(
            {
                "draft_letter": html_sanitize(letter_html) if changed else False,
                "draft_subject": subject or False,
                "draft_mail": html_sanitize(mail_html) if mail_html else False,
                "draft_amount": float(values["statement"].due),
            }
        )
        self._check(localized, letter, values)

    @api.model
    def _check(self, action, letter, values):
        """Refuse changed words that lack a compulsory mention or became outdated.

        :raises UserError: names what is lacking, with the way out
        """
        gaps = self._get_gaps(action, letter, values)
        due = float(values["statement"].due)
        is_edited = action.draft_letter or action.draft_mail
        if is_edited and action.currency_id.compare_amounts(action.draft_amount, due):
            gaps.append(
                self.env._(
                    "The text was written for %(before)s; %(now)s is due now. Look at "
                    "it again, or restore the proposed text.",
                    before=values["money"](action.draft_amount),
                    now=values["money"](due),
                )
            )
        if gaps:
            raise UserError("\n".join(gaps))

    @api.model
    def _get_gaps(self, action, letter, values):
        """A sentence for each compulsory mention that does not stand as proposed."""
        if not action.draft_letter:
            return []
        proposed = self._read_mentions(self._propose(letter, values))
        kept = self._read_mentions(action.draft_letter)
        labels = letter._get_mention_labels()
        return [
            self.env._(
                "A compulsory mention was changed or taken out: %(mention)s. Put it "
                "back, or restore the proposed text.",
                mention=labels.get(code, code),
            )
            for code in values["matter"].letter.mentions
            if code in proposed and kept.get(code) != proposed[code]
        ]

    @api.model
    def _read_mentions(self, text):
        """code of a mention -> its words, spaces evened out."""
        page = lxml_html.fromstring(f"<div>{text}</div>")
        return {
            node.get("data-mention"): " ".join(node.text_content().split())
            for node in page.xpath(".//*[@data-mention]")
        }

    @api.model
    def _normalize(self, text):
        page = lxml_html.fromstring(f"<div>{text or ''}</div>")
        return " ".join(page.text_content().split())
