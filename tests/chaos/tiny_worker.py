"""The `vitascope` command, whose workers have a tiny engine: see tiny_child.py."""

import sys
from pathlib import Path

from vitascope.cli.main import main
from vitascope.jobs.supervisor import EngineChild

CHILD = Path(__file__).with_name("tiny_child.py")

if __name__ == "__main__":
    defaults = EngineChild.__init__.__kwdefaults__
    assert defaults["command"]
    defaults["command"] = (sys.executable, str(CHILD))
    main()
