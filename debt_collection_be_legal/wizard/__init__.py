from . import debt_collection_be_calculator
