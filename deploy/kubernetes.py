"""Kubernetes manifests: a Deployment and a Service per process, and what keeps them apart from others.

Three secrets must be there: `studyspot-keys` (STUDYSPOT_SECRET_KEY, STUDYSPOT_METRICS_TOKEN) for all,
`studyspot-database` (STUDYSPOT_DATABASE_URL, STUDYSPOT_APP_ROLE_PASSWORD), which the gateway does not get,
and `studyspot-backups` (STUDYSPOT_BACKUPS_URL, _REGION, _KEY, _SECRET) for the worker, which does not start
without it: what a pod keeps goes with the pod.
The Services of the rooms are headless: their names give the addresses of all ready pods, between which the
platform chooses by itself, and each of which it asks for its measures.
"""

from typing import Any

import yaml

from studyspot import __version__
from studyspot.entrypoints.floorplan import GATEWAY, ROOMS, WORKER, port_of
from studyspot.entrypoints.supervisor import STOP_SECONDS_MAX

IMAGE = f"studyspot:{__version__}"
PART_OF = {"app.kubernetes.io/part-of": "studyspot"}
DRAIN_SECONDS = 15
"""Longer than it takes until every proxy knows that a pod is no longer ready: the name servers' five seconds,
our own three, and some for the cluster to notice.
"""
KEYS, DATABASE, BACKUPS = "studyspot-keys", "studyspot-database", "studyspot-backups"


SETTINGS = {
    "STUDYSPOT_HOST": ("0.0.0.0", "the policies below say who gets there"),  # noqa: S104
    "STUDYSPOT_SERVICE_URL": ("http://{service}:{port}", "the names of the Services below"),
    "STUDYSPOT_DRAIN_SECONDS": (str(DRAIN_SECONDS), "until every proxy knows that a pod is about to stop"),
    "STUDYSPOT_LOG_FORMAT": ("json", "a line per event"),
    "STUDYSPOT_DATA": ("/data", "empty at each start"),
    "STUDYSPOT_REDIS_URL": (
        "redis://redis:6379/0",
        (
            "a Redis or Valkey of yours, or each gateway counts its limits for itself;\n"
            "with a password it belongs into studyspot-keys instead"
        ),
    ),
    "STUDYSPOT_TRUSTED_PROXIES": (
        "10.0.0.0/8",
        (
            "narrow it to what stands before the gateway, whose X-Forwarded-For is believed;\n"
            "without it all users have the proxy's address, and share one limit"
        ),
    ),
}
"""What they are and why. To be looked through before the first start."""


def manifests() -> str:
    names = [*(room.name for room in ROOMS), GATEWAY, WORKER]
    made: list[dict[str, Any]] = [_migration()]
    for name in names:
        made += [_deployment(name), _disruption_budget(name)]
        made.append(_service(name))
    made += [_only_from_each_other(), _gateway_from_everywhere()]
    return "".join(["---\n", _settings(), *(f"---\n{_written(one)}" for one in made)])


def _written(manifest: dict[str, Any]) -> str:
    return yaml.safe_dump(manifest, sort_keys=False, width=110)


def _named(kind: str, api: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    labels = PART_OF | {"app.kubernetes.io/name": name}
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "labels": labels}, "spec": spec}


def _settings() -> str:
    metadata = {"name": "studyspot", "labels": PART_OF}
    head = _written({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    lines = [
        "".join(f"  # {line}\n" for line in why.splitlines()) + f"  {_written({name: value})}"
        for name, (value, why) in SETTINGS.items()
    ]
    return f"{head}data:\n{''.join(lines)}"


def _container(name: str, arguments: list[str]) -> dict[str, Any]:
    secrets = {GATEWAY: [KEYS], WORKER: [KEYS, DATABASE, BACKUPS]}.get(name, [KEYS, DATABASE])
    return {
        "name": name,
        "image": IMAGE,
        "args": arguments,
        "envFrom": [
            {"configMapRef": {"name": "studyspot"}},
            *({"secretRef": {"name": secret}} for secret in secrets),
        ],
        **({"env": [_from_secret(BACKUPS, "STUDYSPOT_BACKUPS_URL")]} if name == WORKER else {}),
        "resources": {
            "requests": {"cpu": "100m", "memory": "192Mi"},
            "limits": {"memory": "768Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": "/data"},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - its own, in memory of the pod
        ],
    }


def _from_secret(secret: str, name: str) -> dict[str, Any]:
    """Without it the container does not start."""
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": name}}}


def _pod(container: dict[str, Any]) -> dict[str, Any]:
    return {
        "containers": [container],
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationGracePeriodSeconds": int(STOP_SECONDS_MAX),
        "volumes": [{"name": "data", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}],
    }


def _deployment(name: str) -> dict[str, Any]:
    port = port_of(name)
    arguments = ["work"] if name == WORKER else ["serve", "--only", name]
    alive = {"httpGet": {"path": "/health", "port": port}}
    ready = {"httpGet": {"path": "/health/ready", "port": port}}
    probes = {
        "ports": [{"name": "http", "containerPort": port}],
        "startupProbe": alive | {"failureThreshold": 60, "periodSeconds": 1},
        "readinessProbe": ready | {"periodSeconds": 2, "timeoutSeconds": 3},
        "livenessProbe": alive | {"periodSeconds": 10},
    }
    labels = PART_OF | {"app.kubernetes.io/name": name}
    spec = {
        "replicas": 2,
        "selector": {"matchLabels": labels},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "template": {"metadata": {"labels": labels}, "spec": _pod(_container(name, arguments) | probes)},
    }
    return _named("Deployment", "apps/v1", name, spec)


def _service(name: str) -> dict[str, Any]:
    selector = PART_OF | {"app.kubernetes.io/name": name}
    ports = [{"name": "http", "port": port_of(name), "targetPort": "http"}]
    headless = {} if name == GATEWAY else {"clusterIP": "None"}
    return _named("Service", "v1", name, {**headless, "selector": selector, "ports": ports})


def _disruption_budget(name: str) -> dict[str, Any]:
    selector = {"matchLabels": PART_OF | {"app.kubernetes.io/name": name}}
    return _named("PodDisruptionBudget", "policy/v1", name, {"maxUnavailable": 1, "selector": selector})


def _migration() -> dict[str, Any]:
    """To be run before a new version is rolled out; each migration works with the code before it too.

    A Job cannot be changed: each version has its own, and one that has ended is gone an hour later, so that
    the same version can be applied again with other settings.
    """
    container = _container("migrate", ["migrate"])
    pod = {"metadata": {"labels": PART_OF}, "spec": _pod(container) | {"restartPolicy": "Never"}}
    spec = {"backoffLimit": 3, "ttlSecondsAfterFinished": 3600, "template": pod}
    return _named("Job", "batch/v1", f"migrate-{__version__.replace('.', '-')}", spec)


def _only_from_each_other() -> dict[str, Any]:
    ours = {"podSelector": {"matchLabels": PART_OF}}
    spec = ours | {"policyTypes": ["Ingress"], "ingress": [{"from": [ours]}]}
    return _named("NetworkPolicy", "networking.k8s.io/v1", "only-from-each-other", spec)


def _gateway_from_everywhere() -> dict[str, Any]:
    selector = {"matchLabels": PART_OF | {"app.kubernetes.io/name": GATEWAY}}
    rule = {"ports": [{"port": port_of(GATEWAY), "protocol": "TCP"}]}
    spec = {"podSelector": selector, "policyTypes": ["Ingress"], "ingress": [rule]}
    return _named("NetworkPolicy", "networking.k8s.io/v1", "gateway-from-everywhere", spec)
