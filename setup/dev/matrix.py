"""What ``./run matrix`` pipes into Odoo's shell: writes docs/access.md."""

import os
import sys
from pathlib import Path

root = Path(os.environ["ROOT"])
sys.path.insert(0, str(root / "setup" / "dev"))
import access  # noqa: E402

access.write(env, root)  # noqa: F821
