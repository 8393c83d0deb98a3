from . import debt_collection_demo
