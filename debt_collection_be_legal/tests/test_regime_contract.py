from odoo.tests import TransactionCase, tagged

from odoo.addons.debt_collection.tests.regime_contract import RegimeContract


@tagged("post_install", "-at_install")
class TestContractB2b(RegimeContract, TransactionCase):
    regime_key = "be_b2b"


@tagged("post_install", "-at_install")
class TestContractB2c(RegimeContract, TransactionCase):
    regime_key = "be_b2c"


@tagged("post_install", "-at_install")
class TestContractB2cAbroad(RegimeContract, TransactionCase):
    regime_key = "be_b2c_abroad"


@tagged("post_install", "-at_install")
class TestContractB2g(RegimeContract, TransactionCase):
    regime_key = "be_b2g"
