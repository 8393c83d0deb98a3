from . import base_partner_merge_automatic_wizard
from . import debt_collection_claim_regime
from . import debt_collection_contact_record
from . import debt_collection_run_preview
from . import debt_collection_run_preview_line
from . import debt_collection_statement_show
