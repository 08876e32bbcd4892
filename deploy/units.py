"""Units for one machine without containers: a target, and a service for each process.

Each says itself when it is ready.
"""

from studyspot.entrypoints.floorplan import GATEWAY, ROOMS, WORKER

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
After=network-online.target postgresql.service
PartOf=studyspot.target

[Service]
Type=notify
User=studyspot
EnvironmentFile=/etc/studyspot/{environment}.env
Environment=STUDYSPOT_DATA=/var/lib/studyspot STUDYSPOT_LOG_FORMAT=json
ExecStart=/opt/studyspot/bin/studyspot {command}
Restart=always
RestartSec=1
TimeoutStopSec=60
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


def units() -> dict[str, str]:
    """By file name. The gateway's environment needs no database address, so it is not given one."""
    commands = {room.name: f"serve --only {room.name}" for room in ROOMS}
    commands |= {GATEWAY: f"serve --only {GATEWAY}", WORKER: "work"}
    made = {
        f"studyspot-{name}.service": UNIT.format(
            name=name, command=command, environment=GATEWAY if name == GATEWAY else "service"
        )
        for name, command in commands.items()
    }
    return {"studyspot.target": TARGET.format(wants=" ".join(sorted(made))), **made}
