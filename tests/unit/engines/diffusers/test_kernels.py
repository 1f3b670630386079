"""Build tools are found where they are, and a missing one is named."""

import os

import pytest

from vitascope.engines.diffusers import kernels


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A machine with a folder for programs, and nothing in it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    return tmp_path


@pytest.fixture
def headers(tmp_path, monkeypatch):
    """Python's headers are here."""
    folder = tmp_path / "include"
    folder.mkdir()
    (folder / "Python.h").touch()
    monkeypatch.setattr("sysconfig.get_paths", lambda **_scheme: {"include": str(folder)})


def program(folder, name):
    path = folder / name
    path.write_text("#!/bin/sh\n", "utf-8")
    path.chmod(0o755)
    return path


def test_without_a_compiler(bare, headers):
    assert kernels.missing_build_tool() == "C compiler"


@pytest.mark.parametrize("name", ["gcc", "clang"])
def test_with_a_compiler_and_headers(bare, headers, name):
    program(bare, name)
    assert kernels.missing_build_tool() is None


def test_a_compiler_of_another_name(bare, headers, monkeypatch):
    monkeypatch.setenv("CC", str(program(bare, "tcc")))
    assert kernels.missing_build_tool() is None


def test_a_compiler_without_headers(bare, monkeypatch):
    program(bare, "gcc")
    monkeypatch.setattr("sysconfig.get_paths", lambda **_scheme: {"include": str(bare)})
    assert kernels.missing_build_tool() == "Python headers"


@pytest.mark.parametrize("set_before", [None, "/elsewhere"])
def test_kernels_are_kept_where_caches_are_by_default(tmp_path, monkeypatch, set_before):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", set_before or "")
    if set_before is None:
        monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")

    kernels.set_compile_cache()

    kept = str(tmp_path / "vitascope" / "inductor")
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == (set_before or kept)
