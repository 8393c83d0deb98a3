"""What a letter outside the ladder is: plain data, without Odoo."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """A letter outside the ladder: its name, its words, its mail.

    :param label: how it is called, in the language of whoever asks
    :param template: QWeb template of the whole letter
    :param mail: xml id of the mail that accompanies it
    :param mentions: codes of what it must say, see `debt.collection.letter`
    :param by_hand: a collector may ask for it without anything it is about
    :param for_creditor: it is printed for his own books and sent to nobody
    :param is_answer: it answers the debtor or confirms what he did: the contact gate
        does not count it, and the ladder does not wait for it to leave
    """

    label: str
    template: str
    mail: str = "debt_collection.mail_template_document"
    mentions: tuple = ()
    by_hand: bool = True
    for_creditor: bool = False
    is_answer: bool = False
