"""The small commands end to end, as processes."""

import re
import sqlite3

import pytest
import sqlalchemy as sa
from postgres_server import PASSWORD, new_database

from vitascope.store import schema
from vitascope.store.database import sync_url


def one_sentence(process):
    """What a failed command says: a single line, after whatever the log had to say before."""
    assert process.returncode == 1, process
    assert process.stdout == ""
    assert "Traceback" not in process.stderr
    reason = process.stderr.splitlines()
    assert [line.startswith("vitascope: ") for line in reason] == [False] * (len(reason) - 1) + [
        True
    ]
    return reason[-1].removeprefix("vitascope: ")


def test_keys_are_made_listed_and_revoked(vitascope):
    made = vitascope("keys", "create", "--project", "studio")
    assert (made.returncode, made.stderr) == (0, "")
    secret = made.stdout.strip()
    assert re.fullmatch(r"vs-[\w-]{43}", secret)
    listed = vitascope("keys", "list")
    [row] = [line for line in listed.stdout.splitlines() if "studio" in line]
    assert secret not in listed.stdout
    key_id = row.split()[0]
    assert f"{secret[:6]}…{secret[-4:]}" in row
    assert vitascope("keys", "revoke", key_id).returncode == 0
    revoked = [line for line in vitascope("keys", "list").stdout.splitlines() if key_id in line]
    assert len(revoked[0].split()) > len(row.split())
    again = one_sentence(vitascope("keys", "revoke", key_id))
    assert again == f"There is no working key with the id {key_id}."


def test_whole_ids_are_listed_in_a_narrow_terminal(vitascope):
    vitascope("keys", "create", "--project", "[b]" + "studio" * 20)
    listed = vitascope("keys", "list", COLUMNS="40", FORCE_COLOR="1", TTY_COMPATIBLE="1").stdout
    [row] = [line for line in listed.splitlines() if "key_" in line]
    assert re.search(r"key_[0-9a-f]{48} ", row)
    assert "[b]" + "studio" * 20 in row


def test_a_keys_priority_is_listed_and_has_its_bounds(vitascope):
    assert vitascope("keys", "create", "--project", "studio", "--priority", "7").returncode == 0
    heading, row = vitascope("keys", "list").stdout.splitlines()
    assert heading.split()[:3] == ["id", "project", "priority"]
    assert row.split()[1:3] == ["studio", "7"]
    for priority in ("0", "101", "high"):
        refused = vitascope("keys", "create", "--project", "studio", "--priority", priority)
        assert refused.returncode == 2
    assert len(vitascope("keys", "list").stdout.splitlines()) == 2


def test_a_new_database_is_brought_up_and_again_without_harm(vitascope, empty_database_url):
    first = vitascope("db", "upgrade", VITASCOPE_DATABASE=empty_database_url)
    assert first.stdout == f"The database is at schema {schema.HEAD} (it was at none).\n"
    again = vitascope("db", "upgrade", VITASCOPE_DATABASE=empty_database_url)
    assert again.stdout == f"The database is at schema {schema.HEAD} (it was at {schema.HEAD}).\n"
    schema.require_current(empty_database_url)


def test_a_command_that_reads_asks_for_the_upgrade_first(vitascope, empty_database_url):
    reason = one_sentence(vitascope("log", "video_1", VITASCOPE_DATABASE=empty_database_url))
    assert "Run `vitascope db upgrade`" in reason


def test_a_cluster_on_an_empty_database_asks_for_the_upgrade_first(vitascope, postgres_url):
    with new_database(postgres_url) as empty:
        for command in ("serve", "worker"):
            reason = one_sentence(vitascope(command, VITASCOPE_DATABASE=empty))
            assert "Run `vitascope db upgrade` with the same configuration." in reason
            assert PASSWORD not in reason


def test_a_newer_database_is_left_to_the_newer_program(vitascope, database_url):
    engine = sa.create_engine(sync_url(database_url), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE schema_version SET version_num = '9999'"))
    for words in (["keys", "list"], ["db", "upgrade"], ["serve", "--port=0"]):
        assert "start the newer program" in one_sentence(vitascope(*words))


def test_a_jobs_log_is_printed_in_order(vitascope, database_url):
    engine = sa.create_engine(sync_url(database_url), poolclass=sa.NullPool)
    with engine.begin() as connection:
        for at, message in ((1_790_000_000.0, "No idea what a flurble is."), (1.0, "Crashed.")):
            connection.execute(
                sa.text("INSERT INTO job_log (video_id, at, message) VALUES ('v', :at, :message)"),
                {"at": at, "message": message},
            )
    first, second = vitascope("log", "v").stdout.splitlines()
    assert re.fullmatch(r"2026-09-2\d \d\d:\d\d:20  No idea what a flurble is\.", first)
    assert second.endswith("  Crashed.")
    assert vitascope("log", "other").stdout == ""


@pytest.mark.parametrize(
    ("variables", "words", "reason"),
    [
        ({"VITASCOPE_PORT": "eighty"}, ["serve"], "port: "),
        ({"VITASCOPE_CONFIG": "/no.toml"}, ["keys", "list"], "/no.toml does not exist"),
        ({}, ["models", "list", "--config", "/no.toml"], "/no.toml does not exist"),
    ],
)
def test_a_wrong_setting_is_one_sentence(vitascope, variables, words, reason):
    assert reason in one_sentence(vitascope(*words, **variables))


def test_a_server_that_can_not_start_says_why(vitascope):
    process = vitascope("serve", "--port=0", VITASCOPE_STORAGE="ftp://x")
    assert "storage must be a folder" in one_sentence(process)


def test_a_data_folder_of_any_name_is_that_folder(vitascope, tmp_path):
    name = "ä&+a?b#c=d e%20f%3Fg"
    folder = tmp_path / "only" / name / "data"
    flags = ("--project", "red", "--data-dir", str(folder))
    made = vitascope("keys", "create", *flags, VITASCOPE_DATABASE="")
    assert made.returncode == 0, made.stderr
    assert (folder / "vitascope.db").is_file()
    assert [path.name for path in (tmp_path / "only").iterdir()] == [name]


def test_a_database_that_can_not_be_used_is_one_sentence(vitascope, tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Sir or Madam, " * 100, encoding="utf-8")
    for database in (f"sqlite:///{letter}", "postgresql://me:secret@127.0.0.1:1/v"):
        reason = one_sentence(vitascope("keys", "list", VITASCOPE_DATABASE=database))
        assert reason.startswith("The database can't be used: ")
        assert "secret" not in reason


def test_a_data_folder_that_can_not_be_made_is_one_sentence(vitascope, tmp_path):
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    database = f"sqlite:///{folder}/vitascope.db"
    for words in (["serve", "--port=0"], ["keys", "list"], ["db", "upgrade"], ["worker"]):
        reason = one_sentence(
            vitascope(*words, VITASCOPE_DATABASE=database, VITASCOPE_DATA_DIR=str(folder))
        )
        assert str(tmp_path / "file") in reason


def test_a_data_folder_in_use_is_one_sentence(vitascope, tmp_path):
    import fcntl

    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "serve.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        reason = one_sentence(vitascope("serve", "--port=0"))
    assert reason.startswith(f"Another server is using {tmp_path / 'data'}.")


def test_an_unknown_flag_is_refused(vitascope):
    process = vitascope("serve", "--prot=8000")
    assert process.returncode != 0
    assert "--prot" in process.stdout + process.stderr
    assert "Traceback" not in process.stderr


def test_sqlite_is_there():
    """RETURNING, which every guarded change relies on."""
    assert sqlite3.sqlite_version_info >= (3, 35)
