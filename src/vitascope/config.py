"""Reads the settings: flags override `VITASCOPE_*` variables, which override the TOML file."""

from __future__ import annotations

import ipaddress
import logging
import os
import re
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from vitascope.errors import ConfigError
from vitascope.limits import GIBIBYTE, UploadSettings
from vitascope.model_settings import AnyModelSettings, ModelSettings
from vitascope.project_settings import ProjectSettings, WebhookSettings

log = logging.getLogger(__name__)

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}\Z")
_SNAPSHOTS = {
    "sora-2": ("sora-2-2025-10-06", "sora-2-2025-12-08"),
    "sora-2-pro": ("sora-2-pro-2025-10-06",),
}


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "vitascope"


def _split(names: object) -> object:
    """Split comma-separated names, as in flags and variables."""
    if isinstance(names, str):
        return tuple(name.strip() for name in names.split(",") if name.strip())
    return names


@lru_cache(maxsize=16)
def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_BEYOND_LOOPBACK = {
    "max_queued": 1000,
    "max_stored_bytes": 100 * GIBIBYTE,
    "max_files": 10_000,
}
"""The default limits of a project if the server listens beyond loopback."""


def _with_own_card(table: Any, folder: Path) -> Any:
    if not isinstance(table, dict) or not isinstance(card := table.get("card"), str):
        return table
    file = folder / f"{card}.toml"
    return {**table, "card": str(file)} if file.is_file() else table


class Settings(BaseSettings):
    """All settings, validated at start.

    Attributes:
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        data_dir: the folder of the default database, files and scratch space.
        database: `sqlite:///FILE` or `postgresql://…`; a file under `data_dir` by default.
        storage: `file:///FOLDER`, a plain folder, `s3://`, `gs://` or `az://`; a folder under
            `data_dir` by default.
        workers: how many local workers `serve` starts.
        processes: how many processes answer the API's requests.
        allow_anonymous: serve beyond loopback, or behind a proxy, without keys.
        open_docs: serve `/docs` and `/openapi.json` also without a key.
        open_metrics: serve `/metrics` also without a key.
        conformance: behave as the official SDKs' test suites expect; for tests only.
        public_url: the server's own address for its clients, as in links; taken from each request
            by default.
        dialects: which other APIs than OpenAI's are served; None: all.
        link_hours: how long the links in the dialects' answers work.
        max_inline_bytes: the largest file that is sent inside JSON, as base64.
        models: the settings of each model, in addition to the built-in `sora-2` and `sora-2-pro`.
        cards: a folder with card files of your own, which come before the built-in ones.
        max_upload_bytes: the largest request body.
        max_connections: the maximum number of connected clients; more are refused.
        max_header_bytes: the longest request line with its headers.
        header_timeout_seconds: how long a request's headers may take to arrive.
        idle_timeout_seconds: how long a connection may stay open between two requests.
        transfer_timeout_seconds: the period over which the rate of a body or download is measured.
        min_bytes_per_second: the minimum rate of a request body or a download.
        retention_hours: hours after completion until a video's files are removed; None: never.
        job_timeout_seconds: the longest a job may be worked on before it fails.
        stall_timeout_seconds: how long an engine may show no progress before it counts as hung.
        worker_lease_seconds: how long a worker may be silent before its jobs are given to others.
        serve_models: the models that workers take jobs for; None: all configured models.
        max_loaded_models: how many models with weights a worker keeps loaded; None: all that fit.
        model_memory_gib: how much of a device's memory loaded models may take together; None:
            nearly all of it.
        drain_seconds: how long a stopping worker continues its job before it hands it back.
        poll_seconds: how often an idle worker looks for jobs that no notification announced.
        report_seconds: how often a worker writes progress and checks for cancellation.
        max_queued_per_project: the maximum of waiting jobs; more are refused with a 429.
        max_running_per_project: the maximum of running jobs in each queue; more wait, and jobs of
            other projects come first.
        max_stored_bytes_per_project: the maximum of stored bytes in films, uploads and characters;
            more are refused.
        max_files_per_project: the maximum of uploads and characters.
        max_fetches_per_project: how many images are fetched for a project at once.
        min_free_bytes: free space on the disks of `data_dir` and a local `storage` below which
            creates and uploads are refused; a gibibyte, or a twentieth of a smaller disk, by
            default.
        webhooks: where events about videos are sent.
        projects: limits of single projects, which replace these.
        uploads: limits for decoding uploads.
        engine_environment: further environment variables that engine processes get; `*` matches
            any characters.
    """

    model_config = SettingsConfigDict(
        env_prefix="VITASCOPE_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    data_dir: Path = Field(default_factory=_default_data_dir)
    database: str = ""
    storage: str = ""
    workers: Annotated[int, Field(ge=0, le=64)] = 1
    processes: Annotated[int, Field(ge=1, le=64)] = 1
    allow_anonymous: bool = False
    open_docs: bool = False
    open_metrics: bool = False
    conformance: bool = False
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s/?#]+[^\s?#]*)?$")] = ""
    dialects: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)] | None = None
    link_hours: Annotated[float, Field(gt=0, le=6 * 24)] = 24.0
    max_inline_bytes: Annotated[int, Field(gt=0)] = 64 * 1024**2
    models: dict[str, AnyModelSettings] = Field(default_factory=dict)
    cards: Path | None = None
    max_upload_bytes: Annotated[int, Field(gt=0)] = GIBIBYTE + 16 * 1024**2
    max_connections: Annotated[int, Field(ge=1)] = 4096
    max_header_bytes: Annotated[int, Field(ge=4096)] = 64 * 1024
    header_timeout_seconds: Annotated[float, Field(gt=0)] = 10.0
    idle_timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    transfer_timeout_seconds: Annotated[float, Field(gt=0)] = 60.0
    min_bytes_per_second: Annotated[int, Field(ge=0)] = 512
    retention_hours: Annotated[float, Field(gt=0)] | None = None
    job_timeout_seconds: Annotated[float, Field(gt=0)] = 6 * 3600.0
    stall_timeout_seconds: Annotated[float, Field(gt=0)] = 300.0
    worker_lease_seconds: Annotated[float, Field(ge=1)] = 20.0
    serve_models: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)] | None = None
    max_loaded_models: Annotated[int, Field(ge=1)] | None = None
    model_memory_gib: Annotated[float, Field(gt=0)] | None = None
    drain_seconds: Annotated[float, Field(ge=0)] = 30.0
    poll_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    report_seconds: Annotated[float, Field(gt=0, le=60)] = 0.25
    max_queued_per_project: Annotated[int, Field(ge=1)] | None = None
    max_running_per_project: Annotated[int, Field(ge=1)] | None = None
    max_stored_bytes_per_project: Annotated[int, Field(ge=1)] | None = None
    max_files_per_project: Annotated[int, Field(ge=1)] | None = None
    max_fetches_per_project: Annotated[int, Field(ge=1)] = 4
    min_free_bytes: Annotated[int, Field(ge=0)] | None = None
    webhooks: WebhookSettings = Field(default_factory=WebhookSettings)
    projects: dict[str, ProjectSettings] = Field(default_factory=dict)
    uploads: UploadSettings = Field(default_factory=UploadSettings)
    engine_environment: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)] = ()

    _uploads_folder: str = "uploads"

    @model_validator(mode="before")
    @classmethod
    def _own_cards(cls, given: Any) -> Any:
        """A `card` that is a file in the folder `cards` becomes that file's path."""
        if not isinstance(given, dict) or not given.get("cards"):
            return given
        folder = Path(given["cards"]).expanduser().absolute()
        if not folder.is_dir():
            raise ValueError(f"cards: there is no folder {folder}")
        tables = given.get("models")
        models = {
            name: _with_own_card(table, folder)
            for name, table in (tables if isinstance(tables, dict) else {}).items()
        }
        return {**given, "cards": folder, "models": models}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then variables, then the file named by `load`."""
        toml = TomlConfigSettingsSource(settings_cls)
        return init_settings, env_settings, toml

    def model_post_init(self, _context: Any) -> None:
        """Fill in the defaults that depend on `data_dir`."""
        data_dir = self.data_dir.expanduser().absolute()
        object.__setattr__(self, "data_dir", data_dir)
        if not self.database:
            file = quote(str(data_dir / "vitascope.db"))
            object.__setattr__(self, "database", f"sqlite:///{file}")
        if not self.storage:
            object.__setattr__(self, "storage", (data_dir / "files").as_uri())
        built_in = {"sora-2": ModelSettings(), "sora-2-pro": ModelSettings()}
        object.__setattr__(self, "models", {**built_in, **self.models})

    @property
    def scratch_dir(self) -> Path:
        """Where unfinished files live; emptied when their owner starts."""
        return self.data_dir / "tmp"

    @property
    def uploads_dir(self) -> Path:
        """Where an API process keeps uploads until their request ends."""
        return self.scratch_dir / self._uploads_folder

    @property
    def places_dir(self) -> Path:
        """Where the API processes lock files, to hold limits together."""
        return self.scratch_dir / "places"

    def for_process(self, number: int) -> Settings:
        """The settings of one of several API processes.

        It has a folder for uploads to itself, and its share of the connections and of the
        characters that may wait.
        """
        connections = -(-self.max_connections // self.processes)
        waiting = -(-self.uploads.characters_waiting // self.processes)
        uploads = self.uploads.model_copy(update={"characters_waiting": waiting})
        mine = self.model_copy(update={"max_connections": connections, "uploads": uploads})
        mine._uploads_folder = f"uploads/{number}"
        return mine

    @property
    def loopback(self) -> bool:
        """Whether the server listens on a loopback address only."""
        return _is_loopback(self.host)

    @property
    def model_names(self) -> tuple[str, ...]:
        """Every name that `GET /v1/models` lists: the configured ones and their snapshots."""
        names: list[str] = []
        for name in self.models:
            names += [name, *_SNAPSHOTS.get(name, ())]
        return tuple(dict.fromkeys(names))

    @property
    def served_models(self) -> dict[str, ModelSettings]:
        """The settings of the models that workers take jobs for, by name."""
        names = self.models if self.serve_models is None else self.serve_models
        return {name: self.models[name] for name in names}

    def limits_of(self, project: str) -> ProjectSettings:
        """The limits of a project; its table overrides the common ones."""
        common = {
            "max_queued": self.max_queued_per_project,
            "max_running": self.max_running_per_project,
            "max_stored_bytes": self.max_stored_bytes_per_project,
            "max_files": self.max_files_per_project,
            "max_fetches": self.max_fetches_per_project,
        }
        default = {} if self.loopback else _BEYOND_LOOPBACK
        limits = {name: default.get(name) if n is None else n for name, n in common.items()}
        own = self.projects.get(project, ProjectSettings())
        return ProjectSettings(**{**limits, **own.model_dump(exclude_unset=True)})

    def webhooks_of(self, project: str) -> WebhookSettings:
        """Where a project's events are sent."""
        return self.projects.get(project, ProjectSettings()).webhooks or self.webhooks

    def resolve_model(self, name: str) -> ModelSettings | None:
        """The settings for the name a client sent; dated snapshots fall back to their family."""
        return self.models.get(name) or self.models.get(_SNAPSHOT.sub("", name))


def load(config: Path | None = None, **flags: Any) -> Settings:
    """Read the settings.

    Args:
        config: a TOML file; `VITASCOPE_CONFIG` names one when this is None.
        flags: values from the command line; None means not given.

    Raises:
        ConfigError: a value is wrong, unknown or contradicts another; says which and why.
    """
    path = config or _config_from_environment()
    if path is not None and not path.is_file():
        raise ConfigError(f"The configuration file {path} does not exist.")
    given = {name: value for name, value in flags.items() if value is not None}
    bound = type("BoundSettings", (Settings,), {"model_config": {"toml_file": path}})
    try:
        settings: Settings = bound(**given)
    except ValidationError as error:
        raise ConfigError(_explain(error)) from None
    except ValueError as error:  # TOML that does not parse
        raise ConfigError(f"The configuration file {path} can't be read: {error}") from None
    _check_urls(settings)
    _check_served(settings)
    _warn_of_misspelt_variables()
    return settings


def _config_from_environment() -> Path | None:
    named = os.environ.get("VITASCOPE_CONFIG")
    return Path(named) if named else None


def _explain(error: ValidationError) -> str:
    issues = error.errors()
    lines = [
        f"{'.'.join(map(str, issue['loc'])) or 'settings'}: {issue['msg']}" for issue in issues
    ]
    text = "The settings can't be used. " + "; ".join(lines)
    if any(str(issue["input"]).startswith("tcp://") for issue in issues):
        text += (
            ". Kubernetes sets such a variable for a Service named vitascope: give the pod "
            "`enableServiceLinks: false`, or the Service another name."
        )
    return text


def _warn_of_misspelt_variables() -> None:
    """Warn about variables that resemble a setting. Others may belong to other programs."""
    prefix = str(Settings.model_config["env_prefix"])
    known = {*Settings.model_fields, "config", "url"}  # the file; the API of `vitascope videos`
    for variable in sorted(os.environ):
        if not variable.startswith(prefix):
            continue
        name = variable.removeprefix(prefix).partition("__")[0].lower()
        if name in known:
            continue
        for meant in get_close_matches(name, known, n=1, cutoff=0.8):
            log.warning(
                "%s is not a setting and is ignored. Did you mean %s?",
                variable,
                prefix + meant.upper(),
            )


def _check_urls(settings: Settings) -> None:
    scheme = urlsplit(settings.database).scheme.partition("+")[0]
    if scheme not in {"sqlite", "postgresql"}:
        raise ConfigError(
            f"database must begin with sqlite:/// or postgresql://, not {scheme or 'nothing'}://."
        )


def _check_served(settings: Settings) -> None:
    unknown = sorted(set(settings.serve_models or ()) - set(settings.models))
    if unknown:
        raise ConfigError(
            f"serve_models names {', '.join(unknown)}, which no [models.NAME] table configures. "
            f"Configured are {', '.join(settings.models)}."
        )
    if settings.serve_models == ():
        raise ConfigError("serve_models is empty. Leave it out to take jobs for all models.")
