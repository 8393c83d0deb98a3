from . import debt_collection_analysis
from . import debt_collection_letter_report
from . import debt_collection_statement_report
from . import debt_collection_closing_report
from . import debt_collection_receipt_report
from . import debt_collection_certificate_report
from . import debt_collection_visit_report
from . import debt_collection_legal_report
