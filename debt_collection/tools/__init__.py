from .brackets import bracket, capped, capped_parts, clause_amount, share
from .imputation import impute, pro_rata
from .instalments import (
    change,
    fill,
    instalment_dates,
    schedule,
    split,
    split_by_amount,
)
from .interest import (
    RateTable,
    accrue,
    freeze,
    interest_between,
    total_interest,
)
from .statement import simple_balances, statement
from .terms import (
    NO_CALENDAR,
    Calendar,
    add_months,
    add_working_days,
    day_after,
    next_working_day,
    term_end,
)
