"""The data folder is its owner's alone, and so are the locks in it."""

import fcntl
import os
import subprocess

import pytest

from vitascope.errors import ConfigError
from vitascope.store.data_folder import keep_private, open_lock

_MAY_NOT_OPEN = 66
"""What `flock` ends with then."""


@pytest.fixture(autouse=True)
def _open_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path):
    return path.stat().st_mode & 0o777


def test_a_new_folder_and_what_is_written_later_are_private(tmp_path):
    folder = tmp_path / "new" / "data"
    keep_private(folder)
    assert mode(folder) == 0o700
    (folder / "film").write_bytes(b"x")
    assert mode(folder / "film") == 0o600


@pytest.mark.parametrize("name", ["vitascope.db", "serve.lock", "workers"])
def test_a_folder_of_an_older_version_is_closed(tmp_path, name):
    tmp_path.chmod(0o755)
    (tmp_path / name).touch()
    keep_private(tmp_path)
    assert mode(tmp_path) == 0o700


@pytest.mark.parametrize(
    ("before", "names"), [(0o755, ["letters"]), (0o1777, ["vitascope.db", "letters"])]
)
def test_a_folder_that_others_use_keeps_its_mode(tmp_path, before, names, caplog):
    for name in names:
        (tmp_path / name).touch()
    tmp_path.chmod(before)
    keep_private(tmp_path)
    assert mode(tmp_path) == before & 0o777
    assert "chmod 700" in caplog.text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_another_user_cannot_hold_the_lock(tmp_path):
    path = tmp_path / "serve.lock"
    path.touch(0o644)  # as an older version left it
    lock = open_lock(path)
    assert mode(path) == 0o600
    for folder in tmp_path.parents[:-1]:
        if folder.owner() == "root" and folder.name.startswith("pytest"):
            folder.chmod(0o755)
    tmp_path.chmod(0o755)
    command = ["flock", "--nonblock", str(path), "true"]
    assert subprocess.run(command, user=65534, check=False).returncode == _MAY_NOT_OPEN
    assert subprocess.run(command, check=False).returncode == 0  # as its owner may
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    lock.close()


def test_a_link_is_no_lock(tmp_path):
    (tmp_path / "serve.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match=r"not this user's own file"):
        open_lock(tmp_path / "serve.lock")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_the_lock_of_another_user_is_reported(tmp_path):
    path = tmp_path / "serve.lock"
    path.touch()
    os.chown(path, 65534, 65534)
    with pytest.raises(ConfigError, match=r"not this user's own file"):
        open_lock(path)
