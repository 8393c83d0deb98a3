"""What the demo shows of the reference scenarios, and who plays in them.

Pure Python, no odoo import. Amounts in EUR without tax; the figures are those of the
scenarios, so that a reader finds them again on the screen.
"""

from collections import namedtuple

Player = namedtuple("Player", "scenario kind name lang zip city country vat")

# external id -> who it is; his reference on the customer's form is the scenario
PLAYERS = {
    "s03": Player(
        "S3", "enterprise", "Imprimerie Colibri SRL", "fr_BE", "4000", "Liège", "BE", ""
    ),
    "s04": Player(
        "S4", "enterprise", "Schrijnwerkerij Olm BV", "nl_BE", "9000", "Gent", "BE", ""
    ),
    "s06": Player(
        "S6", "enterprise", "Brasserie du Gué SRL", "fr_BE", "5500", "Dinant", "BE", ""
    ),
    "s07": Player(
        "S7",
        "enterprise",
        "Transport Kestrel BV",
        "nl_BE",
        "2000",
        "Antwerpen",
        "BE",
        "",
    ),
    "s08": Player(
        "S8", "enterprise", "Fleurs Mimosa SRL", "fr_BE", "6700", "Arlon", "BE", ""
    ),
    "s09": Player(
        "S9", "enterprise", "Garage Mistral SRL", "fr_BE", "5000", "Namur", "BE", ""
    ),
    "s09b": Player(
        "S9", "enterprise", "Hotel Zeezicht BV", "nl_BE", "8400", "Oostende", "BE", ""
    ),
    "s12": Player(
        "S12", "enterprise", "Linden Handels GmbH", "de_DE", "4700", "Eupen", "BE", ""
    ),
}
MISTAKE = "Flagged by mistake: the bill was paid the day before."
NO_MEANS = "Nothing to seize: the shop is empty, the van is leased."
PIECES = "Ten pieces of the delivery never came."
RIGHT = "You are right: the carrier kept them. We credit them."
SISTER = {"name": "Ardenne Location SRL", "zip": "6600", "city": "Bastogne"}
SISTER_IBAN = "BE38999000000272"
