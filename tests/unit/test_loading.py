"""Modules load without garbage collections, and no later one looks at them."""

import gc

import pytest

from vitascope.loading import loading


def test_nothing_is_collected_meanwhile_or_looked_at_afterwards():
    before = gc.get_freeze_count()
    with loading():
        assert not gc.isenabled()
        kept = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(kept)


def test_collections_go_on_where_loading_fails():
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()
