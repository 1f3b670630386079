"""What holds for every test: no setting of this machine or its user leaks in."""

import os

import pytest

_FOREIGN = ("OPENAI_", "VITASCOPE_")
_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}


@pytest.fixture(autouse=True, scope="session")
def bare_environment():
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(_FOREIGN) or name.lower() in _PROXIES:
                patch.delenv(name)
        yield
