"""Sweeps over many cases of one code path: each run tests a sample, the nightly run the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def sampled(cases: Iterable[Any], *, every: int) -> list[Any]:
    """The cases for `parametrize`; all but every n-th are marked `nightly`.

    Args:
        cases: values of one argument, or `pytest.param(…)`.
        every: one of so many runs each time.
    """
    return [case if n % every == 0 else _nightly(case) for n, case in enumerate(cases)]


def _nightly(case: Any) -> Any:
    if isinstance(case, type(pytest.param())):
        return pytest.param(*case.values, id=case.id, marks=[*case.marks, pytest.mark.nightly])
    return pytest.param(case, marks=pytest.mark.nightly)
