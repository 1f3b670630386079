"""Where settings come from, in which order, and how wrong ones are refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from sweeps import for_all

from vitascope import config
from vitascope.config import ModelSettings, Settings
from vitascope.errors import ConfigError


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path


@pytest.fixture
def toml(tmp_path):
    def write(text):
        path = tmp_path / "vitascope.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_nothing_needs_to_be_set(home):
    settings = config.load()
    folder = home / "share" / "vitascope"
    assert settings.data_dir == folder
    assert settings.database == f"sqlite:///{folder}/vitascope.db"
    assert settings.storage == (folder / "files").as_uri()
    assert settings.scratch_dir == folder / "tmp"
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert set(settings.models) == {"sora-2", "sora-2-pro"}
    assert settings.retention_hours is None


def test_what_a_projects_table_does_not_say_is_as_for_all(toml):
    settings = config.load(
        toml(
            "max_queued_per_project = 9\nmax_running_per_project = 3\n"
            "[projects.studio]\nmax_queued = 50\n[projects.night]\nmax_running = 1\n"
        )
    )
    limits = {name: settings.limits_of(name) for name in ("studio", "night", "other")}
    assert {name: (each.max_queued, each.max_running) for name, each in limits.items()} == {
        "studio": (50, 3),
        "night": (9, 1),
        "other": (9, 3),
    }
    assert config.load().limits_of("studio").max_queued is None


def test_a_project_may_have_webhooks_of_its_own(toml, tmp_path):
    secret = "whsec_" + "c2VjcmV0" * 5
    (tmp_path / "secret").write_text(f"{secret}\n", encoding="utf-8")
    settings = config.load(
        toml(
            f"[webhooks]\nurl = 'https://a.example/x'\nsecret_file = '{tmp_path / 'secret'}'\n"
            "[projects.studio.webhooks]\nurl = 'https://b.example/'\n[projects.night]\n"
        )
    )
    of = settings.webhooks_of
    assert (of("other").url, of("other").secret) == ("https://a.example/x", secret)
    assert (of("studio").url, of("studio").secret) == ("https://b.example/", "")
    assert of("night") == of("other")
    assert secret not in repr(settings)
    # Workers get the settings as JSON.
    assert config.Settings(**settings.model_dump(mode="json")).webhooks == settings.webhooks


@pytest.mark.parametrize(
    "table",
    [
        "secret = 'word'",
        "secret = 'whsec_c2hvcnQ='",
        "secret_file = '/nowhere'",
        "url = 'ftp://x/'",
    ],
)
def test_webhooks_that_could_not_be_sent(toml, table):
    with pytest.raises(ConfigError, match="webhooks"):
        config.load(toml(f"[webhooks]\n{table}\n"))


def test_flags_win_over_variables_and_variables_over_the_file(toml, monkeypatch):
    path = toml("port = 1111\nworkers = 4\nhost = '0.0.0.0'\n")
    monkeypatch.setenv("VITASCOPE_PORT", "2222")
    monkeypatch.setenv("VITASCOPE_WORKERS", "3")
    settings = config.load(path, port=3333, host=None)
    assert settings.port == 3333
    assert settings.workers == 3
    assert settings.host == "0.0.0.0"


def test_a_flag_that_was_not_given_changes_nothing(monkeypatch):
    monkeypatch.setenv("VITASCOPE_PORT", "2222")
    assert config.load(port=None).port == 2222
    assert config.load(workers=0).workers == 0


def test_a_variable_can_name_the_file(toml, monkeypatch):
    monkeypatch.setenv("VITASCOPE_CONFIG", str(toml("port = 4444\n")))
    assert config.load().port == 4444


def test_a_file_given_wins_over_the_file_in_the_variable(toml, tmp_path, monkeypatch):
    other = tmp_path / "other.toml"
    other.write_text("port = 5555\n", encoding="utf-8")
    monkeypatch.setenv("VITASCOPE_CONFIG", str(toml("port = 4444\n")))
    assert config.load(other).port == 5555


def test_two_loads_do_not_share_a_file(toml):
    assert config.load(toml("port = 4444\n")).port == 4444
    assert config.load().port == 8000


def test_models_are_added_to_the_built_in_ones(toml):
    settings = config.load(toml("[models.mine]\nengine = 'shadowplay'\n"))
    assert set(settings.models) == {"sora-2", "sora-2-pro", "mine"}
    assert settings.models["mine"].queue == "shadowplay"


def test_models_can_be_set_by_variables(monkeypatch):
    monkeypatch.setenv("VITASCOPE_MODELS__MINE__ENGINE", "shadowplay")
    assert "mine" in config.load().models


@for_all(
    ("text", "named"),
    [
        ("prot = 8000\n", "prot"),
        ("[models.mine]\nengin = 'shadowplay'\n", "models.mine.engin"),
        ("[models.mine]\nengine = 'camera'\n", "models.mine.engine"),
        ("port = 70000\n", "port"),
        ("port = 'many'\n", "port"),
        ("workers = -1\n", "workers"),
        ("retention_hours = 0\n", "retention_hours"),
        ("max_queued_per_project = 0\n", "max_queued_per_project"),
        ("[projects.studio]\nmax_queues = 1\n", "projects.studio.max_queues"),
        ("worker_lease_seconds = 0.5\n", "worker_lease_seconds"),
        ("database = 'mysql://localhost/x'\n", "database"),
        ("database = 'vitascope.db'\n", "database"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(toml, text, named):
    with pytest.raises(ConfigError) as refusal:
        config.load(toml(text))
    assert named in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_every_wrong_setting_is_named_at_once(toml):
    with pytest.raises(ConfigError, match=r"port: .*; .*workers: |workers: .*; .*port: "):
        config.load(toml("port = -1\nworkers = 99\n"))


def test_a_flag_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match="colour: Extra inputs are not permitted"):
        config.load(colour="red")


def test_a_wrong_variable_is_refused_by_the_settings_name(monkeypatch):
    monkeypatch.setenv("VITASCOPE_PORT", "eighty")
    with pytest.raises(ConfigError, match="port: "):
        config.load()


def test_a_variable_that_kubernetes_sets_is_recognised(monkeypatch):
    monkeypatch.setenv("VITASCOPE_PORT", "tcp://10.0.0.1:8000")
    with pytest.raises(ConfigError, match="enableServiceLinks: false"):
        config.load()


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("VITASCOPE_DATABSE", "VITASCOPE_DATABASE"),
        ("VITASCOPE_MODEL__MINE__ENGINE", "VITASCOPE_MODELS"),
        ("VITASCOPE_CONFIGS", "VITASCOPE_CONFIG"),
    ],
)
def test_a_misspelt_variable_is_reported(variable, meant, monkeypatch, caplog):
    monkeypatch.setenv(variable, "shadowplay")
    config.load()
    assert caplog.messages == [f"{variable} is not a setting and is ignored. Did you mean {meant}?"]


def test_variables_of_others_are_passed_over(monkeypatch, caplog):
    for name in ("VITASCOPE_API_SERVICE_HOST", "VITASCOPE_SITE", "VITASCOPE_URL", "OTHER_DATABASE"):
        monkeypatch.setenv(name, "x")
    config.load()
    assert caplog.messages == []


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"no\.toml does not exist"):
        config.load(tmp_path / "no.toml")


def test_a_file_that_is_no_toml_is_named(toml):
    path = toml("port 8000")
    with pytest.raises(ConfigError, match=rf"{path} can't be read: .*line 1"):
        config.load(path)


@pytest.mark.parametrize(
    "url", ["sqlite:////srv/v.db", "postgresql://u:p@db/v", "postgresql+psycopg://db/v"]
)
def test_databases_that_are_taken(url):
    assert config.load(database=url).database == url


def test_a_relative_data_folder_does_not_move_with_the_process(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = config.load(data_dir=Path("here"))
    assert settings.data_dir == tmp_path / "here"
    assert str(tmp_path / "here") in settings.database


def test_the_data_folder_may_begin_with_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config.load(data_dir=Path("~/films")).data_dir == tmp_path / "films"


def test_settings_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        config.load().port = 1


@for_all(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("example.com", False),
        ("localhost.example.com", False),
        ("", False),
    ],
)
def test_loopback(host, loopback):
    assert config.load(host=host).loopback is loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", (None, None, None)), ("0.0.0.0", (1000, 100 * 1024**3, 10_000))],
)
def test_projects_have_default_limits_beyond_loopback(host, expected):
    limits = config.load(host=host).limits_of("any")
    assert (limits.max_queued, limits.max_stored_bytes, limits.max_files) == expected


@for_all(
    ("name", "known"),
    [
        ("sora-2", True),
        ("sora-2-pro", True),
        ("sora-2-2025-10-06", True),
        ("sora-2-2031-01-01", True),
        ("sora-2-pro-2025-10-06", True),
        ("mine-2025-10-06", True),
        ("sora-2-20251006", False),
        ("sora-2-2025-10-06-2025-10-06", False),
        ("sora-2-2025-10-06\n", False),
        ("sora-3", False),
        ("", False),
    ],
)
def test_dated_snapshots_fall_back_to_their_family(name, known):
    settings = config.load(models={"mine": {}})
    assert settings.resolve_model(name) == (ModelSettings() if known else None)


def test_every_listed_name_can_be_resolved():
    settings = config.load(models={"mine": {}})
    assert len(set(settings.model_names)) == len(settings.model_names)
    assert {"sora-2", "sora-2-2025-12-08", "sora-2-pro-2025-10-06", "mine"} <= set(
        settings.model_names
    )
    assert all(settings.resolve_model(name) for name in settings.model_names)


def test_a_worker_process_gets_the_very_same_settings(toml, monkeypatch):
    monkeypatch.setenv("VITASCOPE_PORT", "2222")
    settings = config.load(toml("retention_hours = 3\n[models.mine]\n"), port=0, workers=2)
    passed_on = Settings.model_validate_json(settings.model_dump_json())
    assert passed_on.model_dump() == settings.model_dump()


def test_a_worker_serves_all_models_unless_configured(toml, monkeypatch):
    path = toml("[models.mine]\n")
    assert set(config.load(path).served_models) == {"sora-2", "sora-2-pro", "mine"}
    assert set(config.load(path, serve_models="mine, sora-2").served_models) == {"mine", "sora-2"}
    monkeypatch.setenv("VITASCOPE_SERVE_MODELS", "mine")
    settings = config.load(path)
    assert settings.served_models == {"mine": settings.models["mine"]}
    assert Settings.model_validate_json(settings.model_dump_json()).serve_models == ("mine",)
    assert "sora-2" in settings.model_names


@pytest.mark.parametrize(
    ("names", "reason"),
    [("sora-2,sora-9,x", "names sora-9, x, which no"), ("", "empty"), (" , ", "empty")],
)
def test_models_that_nobody_could_serve_are_refused(names, reason):
    with pytest.raises(ConfigError, match=f"^serve_models .*{reason}"):
        config.load(serve_models=names)
