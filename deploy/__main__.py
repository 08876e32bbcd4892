"""Writes what is made from the floor plan: the Procfile, systemd units, Kubernetes manifests."""

from pathlib import Path

from deploy.kubernetes import manifests
from deploy.units import units
from studyspot.entrypoints.procfile import procfile

FOLDER = Path(__file__).parent


def files() -> dict[Path, str]:
    systemd = {FOLDER / "systemd" / name: content for name, content in units().items()}
    return {FOLDER / "Procfile": procfile(), FOLDER / "kubernetes.yaml": manifests(), **systemd}


if __name__ == "__main__":
    for path, content in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
