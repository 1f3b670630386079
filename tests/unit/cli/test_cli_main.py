"""Help that lists every flag, and errors that are one sentence."""

import inspect
import re

import pytest
from sweeps import for_all

from vitascope import __version__
from vitascope.cli import main as module
from vitascope.cli.app import app
from vitascope.errors import ConfigError


def commands(parent=app, path=()):
    """Every command that can be run, with the words that name it."""
    for name in parent:
        if name.startswith("-"):
            continue
        command = parent[name]
        if list(each for each in command if not each.startswith("-")):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands())


def test_the_commands_people_rely_on_are_there():
    expected = {
        ("serve",),
        ("worker",),
        ("demo",),
        ("log",),
        ("keys", "create"),
        ("keys", "list"),
        ("keys", "revoke"),
        ("db", "upgrade"),
        ("models", "list"),
        ("models", "show"),
        ("models", "pull"),
        ("doctor",),
    }
    assert expected <= set(COMMANDS)


@for_all("words", COMMANDS)
def test_every_commands_help_says_what_it_is_for_and_lists_every_flag(words, capsys):
    with pytest.raises(SystemExit) as end:
        app([*words, "--help"])
    assert end.value.code in (0, None)
    shown = capsys.readouterr().out
    purpose = inspect.getdoc(COMMANDS[words].default_command).split("\n")[0]
    assert " ".join(purpose.split()[:3]) in " ".join(shown.split())
    for parameter in COMMANDS[words].assemble_argument_collection():
        if parameter.parameter.show is not False:
            assert parameter.name.lower() in shown.lower(), parameter.name
            described = re.search(
                rf"{re.escape(parameter.name)}\b[^\n]*\n?[^\n]*[A-Za-z]{{3}}", shown, re.IGNORECASE
            )
            assert described, f"{parameter.name} is not described"


@pytest.mark.parametrize("flag", ["--config", "--data-dir"])
def test_serve_and_worker_take_the_path_of_their_settings(flag):
    for words in (("serve",), ("worker",)):
        names = [
            name for each in COMMANDS[words].assemble_argument_collection() for name in each.names
        ]
        assert flag in names


@pytest.mark.parametrize(
    "flag", ["--host", "--port", "--workers", "--allow-anonymous", "--data-dir", "--config"]
)
def test_serves_flags_are_the_documented_ones(flag):
    names = [
        name for each in COMMANDS[("serve",)].assemble_argument_collection() for name in each.names
    ]
    assert flag in names


def test_the_version(capsys):
    app(["--version"], exit_on_error=False, result_action="return_value")
    assert capsys.readouterr().out.strip() == __version__


def test_a_failure_is_one_sentence_on_stderr(monkeypatch, capsys):
    def fail(_app, _arguments):
        raise ConfigError("The settings contradict each other.")

    monkeypatch.setattr(type(app), "__call__", fail)
    monkeypatch.setattr(module.sys, "argv", ["vitascope"])
    with pytest.raises(SystemExit) as end:
        module.main()
    assert end.value.code == 1
    shown = capsys.readouterr()
    assert shown.err == "vitascope: The settings contradict each other.\n"
    assert shown.out == ""


def test_control_c_is_no_failure_of_ours(monkeypatch, capsys):
    def interrupted(_app, _arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(app), "__call__", interrupted)
    monkeypatch.setattr(module.sys, "argv", ["vitascope"])
    with pytest.raises(SystemExit) as end:
        module.main()
    assert end.value.code == 130
    assert capsys.readouterr().err == ""
