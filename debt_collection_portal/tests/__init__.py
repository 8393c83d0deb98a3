from . import test_collect
from . import test_link
from . import test_payment
from . import test_portal
from . import test_token
