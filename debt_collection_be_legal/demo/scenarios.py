"""Who plays in the reference scenarios that need Belgian law.

The numbers have valid check digits in a range that nobody uses.
"""

from odoo.addons.debt_collection.demo.scenarios import Player

PLAYERS = {
    "s01": Player(
        "S1",
        "enterprise",
        "Charpentes Donjon SRL",
        "fr_BE",
        "6900",
        "Marche-en-Famenne",
        "BE",
        "BE0999002208",
    ),
    "s02": Player(
        "S2", "consumer", "Lieve Vermeersch", "nl_BE", "3000", "Leuven", "BE", ""
    ),
    "s05": Player(
        "S5",
        "enterprise",
        "Menuiserie Sorbier SRL",
        "fr_BE",
        "4900",
        "Spa",
        "BE",
        "BE0999003394",
    ),
    "s10": Player(
        "S10",
        "enterprise",
        "Maison Hirondelle SARL",
        "fr_FR",
        "59000",
        "Lille",
        "FR",
        "FR23334175221",
    ),
    "s11": Player(
        "S11",
        "enterprise",
        "Atelier Cormoran SRL",
        "fr_BE",
        "4800",
        "Verviers",
        "BE",
        "BE0999004483",
    ),
    "s11b": Player(
        "S11", "consumer", "Thomas Delhez", "fr_BE", "4020", "Liège", "BE", ""
    ),
}
