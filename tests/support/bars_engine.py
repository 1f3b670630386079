"""How processes find the engine in `plugins/vitascope_bars` and use it for the default models.

Its films have the usual length and cost a fifth of shadowplay's, or a tenth in the size `SIZE`.
"""

import json
from pathlib import Path

SIZE = (128, 224)
ENVIRONMENT = {
    "PYTHONPATH": str(Path(__file__).with_name("plugins")),
    "VITASCOPE_MODELS": json.dumps({name: {"engine": "bars"} for name in ("sora-2", "sora-2-pro")}),
}
