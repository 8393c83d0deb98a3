from .agency import overlaps_night
from .communication import is_valid_communication, structured_communication
from .vat import lost_vat, spread_vat, vat_within
