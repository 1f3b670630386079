"""The command line as people meet it: arguments in, output and an exit status out."""

import logging
import os
import subprocess
import sys

import pytest

from vitascope.cli import main as module


@pytest.fixture
def variables(tmp_path, database_url):
    """The environment that every command of the test runs in: a migrated database."""
    return {
        "COLUMNS": "200",
        "NO_COLOR": "1",
        "VITASCOPE_DATA_DIR": str(tmp_path / "data"),
        "VITASCOPE_DATABASE": database_url,
    }


@pytest.fixture
def vitascope(variables, monkeypatch, capsys):
    """Runs `vitascope ARGUMENTS` in this process and returns what it came to."""

    def run(*arguments, **more):
        capsys.readouterr()
        code = 0
        umask = os.umask(0o022)  # the program sets its own, for good
        with monkeypatch.context() as patch:
            for name, value in {**variables, **more}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["vitascope", *arguments])
            patch.setattr(logging.getLogger(), "handlers", [])
            try:
                module.main()
            except SystemExit as end:
                code = end.code or 0
            finally:
                os.umask(umask)
        shown = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, shown.out, shown.err)

    return run
