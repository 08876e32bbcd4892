"""The files in `deploy/` are what the floor plan says, and what Kubernetes and systemd take."""

from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from deploy.__main__ import files
from tests.house.source import ROOT

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


def test_every_setting_in_it_is_one():
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    used = {name for one in MANIFESTS if one["kind"] == "ConfigMap" for name in one["data"]}

    assert used <= known
    assert used


def test_the_processes_of_the_units_are_all():
    wanted = (ROOT / "deploy" / "systemd" / "studyspot.target").read_text(encoding="utf-8")

    assert all(f"studyspot-{name}.service" in wanted for name in NAMES)
