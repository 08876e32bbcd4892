"""Units for one machine without containers: a target, a service for each process, and the migration that
stands before those with a database.

Each says itself when it is ready.
"""

from studyspot.entrypoints.cli.shared import EXIT_INCOMPLETE
from studyspot.entrypoints.floorplan import GATEWAY, ROOMS, WORKER
from studyspot.entrypoints.procfile import LINGER_SECONDS
from studyspot.entrypoints.supervisor import STOP_SECONDS_MAX

TARGET = """\
[Unit]
Description=StudySpot, all of its processes
Wants={wants}

[Install]
WantedBy=multi-user.target
"""

UNIT = """\
[Unit]
Description=StudySpot {name}
Wants=network-online.target
After=network-online.target postgresql.service{after}
PartOf=studyspot.target
StartLimitIntervalSec=0

[Service]
Type={type}
User=studyspot
EnvironmentFile=/etc/studyspot/{environment}.env
Environment=STUDYSPOT_DATA=/var/lib/studyspot STUDYSPOT_LOG_FORMAT=json STUDYSPOT_DRAIN_SECONDS={drain:g}
ExecStart=/opt/studyspot/bin/studyspot {command}
{life}
StateDirectory=studyspot
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
LimitNOFILE=65536

[Install]
WantedBy=studyspot.target
"""
KEPT_RUNNING = f"""\
Restart=always
RestartSec=1
TimeoutStopSec={STOP_SECONDS_MAX:g}"""
# One business that cannot be migrated is reported and keeps nobody else from being served.
ONCE_PER_START = f"""\
RemainAfterExit=yes
SuccessExitStatus={EXIT_INCOMPLETE}"""
MIGRATION = "studyspot-migrate.service"


def units() -> dict[str, str]:
    """By file name. The gateway's environment needs no database address, so it is not given one."""
    commands = {room.name: f"serve --only {room.name}" for room in ROOMS}
    commands |= {GATEWAY: f"serve --only {GATEWAY}", WORKER: "work"}
    made = {f"studyspot-{name}.service": _process(name, command) for name, command in commands.items()}
    migration = _unit("migrate", "migrate", kind="oneshot", life=ONCE_PER_START)
    return {"studyspot.target": TARGET.format(wants=" ".join(sorted(made))), MIGRATION: migration, **made}


def _process(name: str, command: str) -> str:
    after = "" if name == GATEWAY else f" {MIGRATION}\nRequires={MIGRATION}"
    return _unit(name, command, kind="notify", life=KEPT_RUNNING, after=after)


def _unit(name: str, command: str, *, kind: str, life: str, after: str = "") -> str:
    return UNIT.format(
        name=name,
        command=command,
        type=kind,
        life=life,
        after=after,
        environment=GATEWAY if name == GATEWAY else "service",
        drain=LINGER_SECONDS,
    )
