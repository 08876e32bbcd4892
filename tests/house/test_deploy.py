"""The files in `deploy/` are what the floor plan says, and what Kubernetes and systemd take."""

import shutil
import subprocess
import tomllib
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from deploy.__main__ import files
from deploy.units import MIGRATION, units
from tests.house.source import ROOT

from studyspot import __version__
from studyspot.entrypoints.floorplan import GATEWAY, ROOMS, WORKER
from studyspot.kernel.settings import PREFIX, Settings

NAMES = {GATEWAY, WORKER, *(room.name for room in ROOMS)}
MANIFESTS = list(yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text(encoding="utf-8")))
OLDEST_KUBERNETES = "1.30"


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_a_file_is_what_the_floor_plan_makes(path: Path):
    assert path.read_text(encoding="utf-8") == files()[path], "python -m deploy"


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_kubernetes_takes_it(manifest: dict):
    kubernetes_validate.validate(manifest, OLDEST_KUBERNETES, strict=True)


def test_each_process_has_its_deployment_and_address():
    for kind in ("Deployment", "Service", "PodDisruptionBudget"):
        assert {one["metadata"]["name"] for one in MANIFESTS if one["kind"] == kind} == NAMES


def test_the_gateway_is_not_told_where_the_database_is():
    told = {
        one["metadata"]["name"]: {
            source["secretRef"]["name"]
            for source in one["spec"]["template"]["spec"]["containers"][0]["envFrom"]
            if "secretRef" in source
        }
        for one in MANIFESTS
        if one["kind"] == "Deployment"
    }

    assert {name for name, secrets in told.items() if "studyspot-database" in secrets} == NAMES - {GATEWAY}


def test_the_worker_does_not_start_without_a_place_for_backups():
    (worker,) = (
        one for one in MANIFESTS if one["kind"] == "Deployment" and one["metadata"]["name"] == WORKER
    )

    (place,) = worker["spec"]["template"]["spec"]["containers"][0]["env"]

    assert place["name"] == "STUDYSPOT_BACKUPS_URL"
    assert not place["valueFrom"]["secretKeyRef"].get("optional")


def test_only_the_gateway_has_one_address_for_all_of_its_pods():
    headless = {
        one["metadata"]["name"]
        for one in MANIFESTS
        if one["kind"] == "Service" and one["spec"].get("clusterIP") == "None"
    }

    assert headless == NAMES - {GATEWAY}


def test_each_version_has_a_migration_of_its_own():
    (job,) = (one for one in MANIFESTS if one["kind"] == "Job")

    assert job["metadata"]["name"].endswith(__version__.replace(".", "-"))


def test_its_settings_can_be_used_as_they_are():
    (config,) = (one for one in MANIFESTS if one["kind"] == "ConfigMap")

    settings = Settings(
        **{name.removeprefix(PREFIX).lower(): value for name, value in config["data"].items()}
    )

    assert settings.redis_url
    assert settings.trusted_proxies


def test_every_setting_in_it_is_one():
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    used = {name for one in MANIFESTS if one["kind"] == "ConfigMap" for name in one["data"]}

    assert used <= known
    assert used


def test_the_processes_of_the_units_are_all():
    wanted = (ROOT / "deploy" / "systemd" / "studyspot.target").read_text(encoding="utf-8")

    assert all(f"studyspot-{name}.service" in wanted for name in NAMES)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_takes_the_units(tmp_path: Path):
    for name, content in units().items():
        (tmp_path / name).write_text(content.replace("/opt/studyspot/bin/studyspot", "/bin/true"))

    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in units())],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (told.returncode, told.stdout + told.stderr) == (0, "")


def test_whatever_has_a_database_starts_after_the_migration():
    after = {name for name, content in units().items() if f"Requires={MIGRATION}" in content}

    assert after == {f"studyspot-{name}.service" for name in NAMES - {GATEWAY}}


def test_the_image_is_made_of_what_is_there_and_can_report_what_it_does():
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [
        source
        for line in dockerfile.splitlines()
        if line.startswith("COPY") and "--from" not in line
        for source in line.split()[1:-1]
    ]
    assert all((ROOT / source).exists() and f"!{source}" in allowed for source in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for wanted in project["optional-dependencies"]["observability"]:
        assert f"\n{wanted.partition('>')[0]}==" in locked
