from . import debt_collection_demo
from . import debt_collection_demo_scenarios
