from . import test_lilliput
