from . import debt_collection_regime
from . import debt_collection_regime_xl
from . import debt_collection_letter
