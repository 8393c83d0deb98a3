from . import account_followup_line
from . import account_move_line
from . import res_partner
