"""Which test files run in the same process: those that use the same server.

A server starts in each process whose tests need it, and a start costs seconds of CPU.
"""

from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadFileScheduling

_GROUPS = {
    "server": ("operations", "reference_films", "sdk_python"),
    "bars_server": (
        *("bad_input", "cli_videos", "content", "docs", "hold", "lineage", "mcp"),
        *("running_dialects", "sharp_edges"),
    ),
    "durable_worker": ("dbos_contract", "fairness"),
    "clients": ("conformance", "n8n", "open_webui", "recorded_clients", "retried_creates"),
}
_GROUP_OF = {f"test_{name}.py": group for group, names in _GROUPS.items() for name in names}


class SharedServers(LoadFileScheduling):
    """Gives whole files to processes, and those of a group to one process."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return _GROUP_OF.get(PurePosixPath(file).name, file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return SharedServers(config, log) if config.getoption("dist") == "loadfile" else None
