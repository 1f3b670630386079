"""Which test files run in the same process, and in which order.

Those that use the same server run in one: a server starts in each process whose tests need it, and
a start costs seconds of CPU.

Files that wait for other processes alternate with those that compute, so that the processes of a
run seldom wait all at once. The last files are small, so that all end at about the same time.
"""

from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadFileScheduling

_GROUPS = {
    "server": ("operations", "reference_films", "sdk_python"),
    "bars_server": (
        *("access", "bad_input", "cli_videos", "connections", "content", "docs", "hold"),
        *("lineage", "mcp", "running_dialects", "sharp_edges"),
    ),
    "durable_worker": ("dbos_contract", "fairness"),
    "clients": ("conformance", "n8n", "open_webui", "recorded_clients", "retried_creates"),
}
_WAITING = ("acceptance", "clients", "fuzz", "integration")
"""Folders of tests that wait for other processes."""

_BEFORE = 0.8
"""The share of the other files before which all of these have begun."""

_GROUP_OF = {f"test_{name}.py": group for group, names in _GROUPS.items() for name in names}


def begin_alternately(items: list[pytest.Item]) -> None:
    """Sort tests by their files; those of a file stay in order."""
    folders = {_scope(item.nodeid): item.path.parent.name for item in items}
    waiting = sorted(
        (scope for scope, folder in folders.items() if folder in _WAITING),
        key=lambda scope: scope not in _GROUPS,  # the longest first
    )
    others = [scope for scope in folders if scope not in set(waiting)]
    place = {**_spread(waiting, _BEFORE), **_spread(others, 1.0)}
    items.sort(key=lambda item: place[_scope(item.nodeid)])


def _spread(scopes: list[str], share: float) -> dict[str, float]:
    return {scope: share * number / len(scopes) for number, scope in enumerate(scopes)}


def _scope(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    return _GROUP_OF.get(PurePosixPath(file).name, file)


class SharedServers(LoadFileScheduling):
    """Gives whole files to processes, and those of a group to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return SharedServers(config, log) if config.getoption("dist") == "loadfile" else None
