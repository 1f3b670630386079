"""The linters of `deploy/`: required in CI, and a reason to skip elsewhere if they can't be had."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def linters() -> Path:
    """The folder of their programs."""
    found = subprocess.run(
        [str(ROOT / "scripts/lib/deploy-linters")], capture_output=True, text=True, check=False
    )
    if found.returncode == 3 and os.environ.get("CI") != "true":
        pytest.skip(found.stderr.strip())
    assert found.returncode == 0, found.stderr
    return Path(found.stdout.strip())
