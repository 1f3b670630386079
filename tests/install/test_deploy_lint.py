"""What is in `deploy/` is right by the tools of its kind, and agrees with the program."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from vitascope import __version__
from vitascope.cli.app import app
from vitascope.config import load
from vitascope.store.tables import videos

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "vitascope"
UNITS = sorted((DEPLOY / "systemd").iterdir())
# The newest schemas would also accept what older clusters do not know.
KUBERNETES = "1.37"
KEDA_CHECK = """
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
const require = createRequire(process.argv[1] + "/");
const home = process.argv[1] + "/node_modules/@kubernetes-models/keda/keda.sh/v1alpha1/index.js";
const kinds = await import(pathToFileURL(home));
let text = "";
for await (const part of process.stdin) text += part;
for (const { kind, ...rest } of JSON.parse(text)) new kinds[kind](rest).validate();
"""


def assert_succeeds(*command, **options):
    """Run a command, which must exit with 0; its output."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rendered(linters, *options):
    text = assert_succeeds(
        *(linters / "helm", "template", "video", CHART, "--kube-version", KUBERNETES), *options
    )
    return [document for document in yaml.safe_load_all(text) if document]


@pytest.fixture(params=["defaults", "keda", "gpu"])
def values(request):
    """The options that choose a set of values."""
    return {
        "defaults": (),
        "keda": ("--set", "keda.enabled=true"),
        "gpu": ("--values", DEPLOY / "helm" / "gpu-example.yaml"),
    }[request.param]


def test_the_dockerfile_is_as_hadolint_wants_it(linters):
    assert_succeeds(linters / "hadolint", "--strict-labels", DEPLOY / "Dockerfile")


def test_the_dockerfile_builds_from_what_its_ignore_file_lets_through():
    let_through = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    copied = set()
    for line in (DEPLOY / "Dockerfile").read_text("utf-8").splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            copied |= set(line.split()[1:-1])
    assert {f"!{Path(name).parts[0]}" for name in copied} == {
        line for line in let_through if line.startswith("!")
    }
    assert all((ROOT / name).exists() for name in copied)


def test_images_are_pinned_by_digest():
    """And the Dockerfile installs nothing that has no hash."""
    dockerfile = (DEPLOY / "Dockerfile").read_text("utf-8")
    stages = set(re.findall(r" AS (\S+)$", dockerfile, re.MULTILINE))
    bases = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"].values()
    images = [each["image"] for each in services if each["image"] != "vitascope:cpu"]
    from_elsewhere = [*(base for base in bases if base not in stages), *images]
    assert len(from_elsewhere) == 4
    for image in from_elsewhere:
        assert re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", image)
    assert "UV_REQUIRE_HASHES=1" in dockerfile
    assert "uv sync" not in dockerfile


def test_the_compose_file_is_by_the_specification(linters, tmp_path):
    shutil.copy(DEPLOY / "compose.yaml", tmp_path)
    shutil.copy(DEPLOY / "vitascope.env.example", tmp_path / "vitascope.env")
    assert_succeeds(linters / "compose-lint", "compose.yaml", cwd=tmp_path)


def test_the_environment_of_the_compose_file_holds_together(monkeypatch):
    lines = (DEPLOY / "vitascope.env.example").read_text("utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert settings.database == (
        f"postgresql://{values['POSTGRES_USER']}:{values['POSTGRES_PASSWORD']}@postgres/"
        + values["POSTGRES_DB"]
    )
    assert settings.storage.startswith("s3://vitascope/")
    assert values["AWS_ACCESS_KEY_ID"] == values["ROOT_ACCESS_KEY"]
    assert values["AWS_SECRET_ACCESS_KEY"] == values["ROOT_SECRET_KEY"]


def test_the_chart_is_as_helm_wants_it(linters, values):
    assert_succeeds(linters / "helm", "lint", "--strict", CHART, *values)


def test_what_the_chart_makes_is_by_the_schemas_of_kubernetes(linters, values, tmp_path):
    path = tmp_path / "own.yaml"
    own = [made for made in rendered(linters, *values) if "keda" not in made["apiVersion"]]
    path.write_text(yaml.safe_dump_all(own), "utf-8")
    assert {made["kind"] for made in own} == {
        *("ConfigMap", "Deployment", "Job", "PodDisruptionBudget", "Service", "StatefulSet")
    }
    assert_succeeds(linters / "kubernetes-validate", "--strict", "-k", KUBERNETES, path)


def test_what_the_chart_makes_for_keda_is_by_its_schemas(linters):
    import json

    made = [
        made
        for made in rendered(linters, "--set", "keda.enabled=true")
        if "keda" in made["apiVersion"]
    ]
    assert {one["kind"] for one in made} == {"TriggerAuthentication", "ScaledObject"}
    assert_succeeds(
        *("node", "--input-type=module", "-e", KEDA_CHECK, "--", linters.parent),
        input=json.dumps(made),
    )


def test_the_scaling_query_reads_columns_that_are_there(linters, postgres_database):
    import sqlalchemy as sa

    from vitascope.store.database import sync_url

    scaled = [
        made
        for made in rendered(linters, "--set", "keda.enabled=true")
        if made["kind"] == "ScaledObject"
    ]
    query = scaled[0]["spec"]["triggers"][0]["metadata"]["query"]
    engine = sa.create_engine(sync_url(postgres_database), poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert connection.execute(sa.text(query)).scalar_one() == 0
    assert videos.c.queue.name in query


def test_the_chart_configures_what_the_program_knows(linters, values, tmp_path):
    """And gives a worker longer to stop than the worker gives its job."""
    made = rendered(linters, *values)
    text = next(one for one in made if one["kind"] == "ConfigMap")["data"]["vitascope.toml"]
    path = tmp_path / "vitascope.toml"
    path.write_text(text, "utf-8")
    settings = load(path)
    assert settings.drain_seconds == tomllib.loads(text)["drain_seconds"]
    for pool in (one for one in made if one["kind"] == "StatefulSet"):
        pod = pool["spec"]["template"]["spec"]
        assert pod["terminationGracePeriodSeconds"] > settings.drain_seconds
        models = pod["containers"][0]["args"][1].partition("=")[2].split(",")
        assert set(models) <= set(settings.models)


def test_the_pools_of_the_chart_say_the_queues_that_their_models_have(linters, values, tmp_path):
    chosen = values[1] if "--values" in values else CHART / "values.yaml"
    values = yaml.safe_load(chosen.read_text("utf-8"))
    path = tmp_path / "vitascope.toml"
    path.write_text(values["config"], "utf-8")
    settings = load(path)
    for pool in values["workers"]:
        assert {settings.models[name].queue for name in pool["models"]} == {pool["queue"]}


def test_pools_that_hold_a_model_fetch_its_weights(linters):
    """To a volume of the pod's own, where the worker looks for them."""
    values = DEPLOY / "helm" / "gpu-example.yaml"
    made = [one for one in rendered(linters, "--values", values) if one["kind"] == "StatefulSet"]
    pods = {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in made}
    assert "initContainers" not in pods["video-worker-shadowplay"]
    pod = pods["video-worker-gpu"]
    assert [each["args"] for each in pod["initContainers"]] == [["models", "pull", "sora-2-pro"]]
    for container in (*pod["initContainers"], *pod["containers"]):
        environment = {each["name"]: each["value"] for each in container["env"]}
        mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
        assert environment["HF_HOME"] == mounts["weights"]
    claims = [one["spec"].get("volumeClaimTemplates", ()) for one in made]
    assert [[claim["metadata"]["name"] for claim in each] for each in claims] == [[], ["weights"]]


def test_no_service_of_the_cluster_gets_among_the_settings(linters, values):
    made = rendered(linters, *values)
    pods = [one["spec"]["template"]["spec"] for one in made if "template" in one.get("spec", {})]
    assert len(pods) >= 3
    assert all(pod["enableServiceLinks"] is False for pod in pods)


def test_the_chart_is_of_this_version():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert chart["appVersion"] == __version__


@pytest.mark.skipif(
    not shutil.which("systemd-analyze") and os.environ.get("CI") != "true",
    reason="systemd-analyze is not on this machine",
)
def test_the_units_are_as_systemd_wants_them(tmp_path):
    """Checked as copies that name a program of this machine, as systemd looks for it."""
    for unit in UNITS:
        text = re.sub(
            r"/opt/vitascope/(bin/vitascope|backup)", "/bin/true", unit.read_text("utf-8")
        )
        (tmp_path / unit.name).write_text(text, "utf-8")
    copies = sorted(tmp_path.iterdir())
    assert_succeeds("systemd-analyze", "verify", "--man=no", "--recursive-errors=one", *copies)


@pytest.mark.parametrize(
    "unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name
)
def test_the_units_are_hardened(unit):
    """Of 100, where an unhardened service has 96."""
    assert_succeeds("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)


def test_the_workers_may_drain_before_systemd_ends_them(tmp_path):
    unit = (DEPLOY / "systemd/vitascope-worker@.service").read_text("utf-8")
    assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > load(data_dir=tmp_path).drain_seconds
    grace = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]["worker-1"]
    assert int(grace["stop_grace_period"].rstrip("s")) > load(data_dir=tmp_path).drain_seconds


def test_the_commands_of_all_these_files_are_those_of_the_program():
    for command in (["serve"], ["worker"], ["db", "upgrade"], ["keys", "create"]):
        node = app
        for name in command:
            assert name in node
            node = node[name]
