"""Parts (d) and (e): the first request to a tenant the server holds nothing of, and the memory in the end."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.processes import Others
from benchmarks.report import Part, Target, noise, percentile
from benchmarks.servers import OPERATOR, STUDYSPOT, Servers
from studyspot.kernel.ids import TenantId

FIRST_TARGET_MS = 50.0


@dataclass(frozen=True)
class Touches:
    """Milliseconds of the first and of the second request to each tenant."""

    first: list[float]
    second: list[float]
    others: float

    def __add__(self, more: "Touches") -> "Touches":
        return Touches(self.first + more.first, self.second + more.second, max(self.others, more.others))


def touch(servers: Servers, tenants: Sequence[TenantId]) -> Touches:
    """Each tenant twice, one after another."""
    _check_that_nobody_is_connected(servers, tenants)
    ask = _asking(servers)
    first: list[float] = []
    second: list[float] = []
    process = servers.studyspot.process
    others = Others(lambda: process.cpu_seconds() + servers.postgres.cpu_seconds())
    for tenant_id in tenants:
        for milliseconds in (first, second):
            milliseconds.append(ask(tenant_id))
    return Touches(first, second, others.cores())


def ask_each(servers: Servers, tenants: Sequence[TenantId]) -> list[float]:
    """Milliseconds of one request to each, one after another."""
    ask = _asking(servers)
    return [ask(tenant_id) for tenant_id in tenants]


def _asking(servers: Servers) -> Callable[[TenantId], float]:
    """Milliseconds of a request by an operator who names the tenant, whose owner never signed up."""
    client = servers.client
    token = f"Bearer {client.sign_in(OPERATOR)}"
    client.call("GET", "/auth/me", authorization=token)  # the token is verified, the connection open

    def ask(tenant_id: TenantId) -> float:
        began = time.perf_counter()
        client.call("GET", "/students?limit=20", authorization=token, x_tenant_id=str(tenant_id))
        return (time.perf_counter() - began) * 1000

    return ask


def part(touches: Touches) -> Part:
    rows = [
        [name, f"{percentile(values, 50):.1f}", f"{percentile(values, 99):.1f}", f"{max(values):.1f}"]
        for name, values in (("first request", touches.first), ("second request", touches.second))
    ]
    title = f"(d) First request to a cold tenant over HTTP, {len(touches.first)} tenants"
    notes = [
        "The first one finds the tenant in the registry, connects and checks whose database it is.",
        noise(touches.others),
    ]
    return Part(title, ["", "p50 ms", "p99 ms", "slowest ms"], rows, notes)


def targets(touches: Touches) -> list[Target]:
    p99 = percentile(touches.first, 99)
    return [
        Target(
            f"(d) first request to a cold tenant p99 ≤ {FIRST_TARGET_MS:.0f} ms",
            f"{p99:.1f} ms",
            p99 <= FIRST_TARGET_MS,
        )
    ]


def resident_mib(servers: Servers) -> dict[str, float]:
    return {server.name: server.process.resident_bytes() / 2**20 for server in servers.all}


def memory_part(after_load: dict[str, float], after_touch: dict[str, float], tenants: int) -> Part:
    rows = [[name, f"{mib:.0f}"] for name, mib in after_load.items()]
    rows.append([f"{STUDYSPOT}, {tenants} tenants touched", f"{after_touch[STUDYSPOT]:.0f}"])
    notes = [
        "Of all processes of a server, pages they share counted in each. StudySpot's process is gateway,",
        "all rooms and job worker; the peers hold two routes.",
    ]
    return Part("(e) Memory after the runs (resident set)", ["", "MiB"], rows, notes)


def _check_that_nobody_is_connected(servers: Servers, tenants: Sequence[TenantId]) -> None:
    listed = ", ".join(f"'{tenant_id}'" for tenant_id in tenants)
    names = servers.postgres.run(
        "studyspot_control", f"SELECT database FROM tenancy.placements WHERE tenant_id IN ({listed})"
    ).split()
    busy = servers.postgres.run(
        "postgres", "SELECT DISTINCT datname FROM pg_stat_activity WHERE backend_type = 'client backend'"
    ).split()
    if warm := set(names) & set(busy):
        raise RuntimeError(f"{len(warm)} tenants are not cold: somebody is connected to them.")
