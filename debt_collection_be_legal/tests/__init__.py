from . import test_calendar
from . import test_consumer
from . import test_determine
from . import test_enterprise
from . import test_numbers
from . import test_payment_reference
from . import test_prescription
from . import test_regime_contract
