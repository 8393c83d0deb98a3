from . import debt_collection_action
from . import debt_collection_case
from . import debt_collection_event
from . import debt_collection_link
from . import debt_collection_link_failure
from . import debt_collection_page
from . import res_company
from . import res_config_settings
