"""Sweeps over many cases of one code path, written like `pytest.mark.parametrize`.

`sampled` runs some of the cases each time and the rest nightly. `for_all` runs all of them in one
test: where cases are cheap, a test for each costs more than what it tests.

Where a run leaves nightly tests out, `sampled` makes none: hundreds would be collected for nothing.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_PARAM = type(pytest.param())
_nightly_is_left_out = False


def pytest_configure(config: pytest.Config) -> None:
    """Learn which tests the run takes, before test modules are imported."""
    global _nightly_is_left_out
    _nightly_is_left_out = "not nightly" in config.getoption("markexpr")


def sampled(cases: Iterable[Any], *, every: int) -> list[Any]:
    """The cases for `parametrize`; all but every n-th are marked `nightly`.

    Args:
        cases: values of one argument, or `pytest.param(…)`; the latter for several arguments.
        every: one of so many runs each time.
    """
    # Also those of every run: otherwise a tuple for several arguments would fail nightly alone.
    params = [case if isinstance(case, _PARAM) else pytest.param(case) for case in cases]
    if _nightly_is_left_out:
        return params[::every]
    return [one if n % every == 0 else _nightly(one) for n, one in enumerate(params)]


def _nightly(case: Any) -> Any:
    return pytest.param(*case.values, id=case.id, marks=[*case.marks, pytest.mark.nightly])


def for_all(
    names: str | tuple[str, ...], cases: Iterable[Any] | Callable[[], Iterable[Any]]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Runs one test for all cases, which share its fixtures; an error names all that failed.

    Args:
        names: the argument of the test, or several.
        cases: values of the argument, tuples for several arguments, or `pytest.param(…)`; or a
            function that returns them, which is called when the test runs.
    """
    arguments = (names,) if isinstance(names, str) else names
    # Without a function at once: without a case, collection fails.
    known = _table(cases, len(arguments)) if isinstance(cases, Iterable) else []

    def found() -> list[tuple[Any, ...]]:
        return known if isinstance(cases, Iterable) else _table(cases(), len(arguments))

    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(test):

            @functools.wraps(test)
            async def run_async(*own: Any, **fixtures: Any) -> None:
                failed: list[Exception] = []
                table = found()
                for values in table:
                    with _noted(values, failed):
                        await test(*own, **fixtures, **dict(zip(arguments, values, strict=True)))
                _raise(failed, len(table))

            run: Callable[..., Any] = run_async
        else:

            @functools.wraps(test)
            def run_sync(*own: Any, **fixtures: Any) -> None:
                failed: list[Exception] = []
                table = found()
                for values in table:
                    with _noted(values, failed):
                        test(*own, **fixtures, **dict(zip(arguments, values, strict=True)))
                _raise(failed, len(table))

            run = run_sync
        signature = inspect.signature(test)
        left = [one for name, one in signature.parameters.items() if name not in arguments]
        run.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined] # for pytest
        return run

    return decorate


def _table(cases: Iterable[Any], count: int) -> list[tuple[Any, ...]]:
    table = [_values(case, count) for case in cases]
    assert table, "no case"
    return table


def _values(case: Any, count: int) -> tuple[Any, ...]:
    if isinstance(case, _PARAM):
        return tuple(case.values)
    return (case,) if count == 1 else tuple(case)


@contextmanager
def _noted(values: tuple[Any, ...], failed: list[Exception]) -> Iterator[None]:
    case = f"in the case {', '.join(map(repr, values))[:500]}"
    try:
        yield
    except pytest.fail.Exception as error:  # a group can't have it
        failed.append(AssertionError(f"{error.msg}, {case}").with_traceback(error.__traceback__))
    except Exception as error:  # noqa: BLE001 - raised again by `_raise`
        error.add_note(case)
        failed.append(error)


def _raise(failed: list[Exception], count: int) -> None:
    if failed:
        raise ExceptionGroup(f"{len(failed)} of {count} cases failed", failed)
