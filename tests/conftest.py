"""The platform that tests share: real PostgreSQL, every door through the loopback, HTTP without a socket."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator

import httpx2
import pytest
from procrastinate.periodic import PeriodicDeferrer
from pydantic import SecretStr

from studyspot.entrypoints.platform import Platform
from studyspot.entrypoints.setup import migrate_everything
from studyspot.kernel.settings import Settings
from studyspot.kernel.vault import new_vault_key
from tests.people import People, Person
from tests.servers import Server, installed_programs, running_server
from tests.topology import Topology, apart, together

WAITS = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--apart", action="store_true", help="the rooms as services of their own")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--apart"):
        other, reason = "together", "a request that is given up goes on in its service"
    else:
        other, reason = "apart", "nothing goes over a wire"
    for item in items:
        if item.get_closest_marker(other):
            item.add_marker(pytest.mark.skip(reason=reason))
    items.sort(key=lambda item: item.get_closest_marker("apart") is not None)


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Server]:
    with running_server() as server:
        yield server
        request.config.stash[WAITS] = server.waits()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Whatever failed may have waited for a lock: the server knows."""
    if exitstatus and (waits := config.stash.get(WAITS, [])):
        terminalreporter.section("who waited in the database")
        terminalreporter.write_line("\n".join(waits[-20:]))


@pytest.fixture(scope="session")
def settings(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        data=tmp_path_factory.mktemp("data"),
        database_url=SecretStr(postgres.dsn("")),
        secret_key=SecretStr(new_vault_key()),
        rate_limit="",
        login_rate_limit="",
        stranger_rate_limit="",
        warm_databases=8,
        postgres_bin=installed_programs(),
        log_level="error",
    )


@pytest.fixture(scope="session")
def schedules_stand_still() -> Iterator[None]:
    """Or each test that moves the clock would have them catch up, for the businesses of all tests before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PeriodicDeferrer, "get_previous_tasks", lambda *_, **__: ())
        yield


@pytest.fixture(scope="session")
async def topology(
    settings: Settings, schedules_stand_still: None, request: pytest.FixtureRequest
) -> AsyncIterator[Topology]:
    """All rooms in one process; with `--apart` each for itself."""
    del schedules_stand_still
    await migrate_everything(settings)
    start = apart if request.config.getoption("--apart") else together
    async with start(settings) as running:
        yield running


@pytest.fixture(scope="session")
def platform(topology: Topology) -> Platform:
    return topology.platform


@pytest.fixture(scope="session")
async def loop(topology: Topology) -> asyncio.AbstractEventLoop:
    """The one in which the platform lives; idle while a test that is no coroutine runs."""
    return asyncio.get_running_loop()


@pytest.fixture(scope="session")
async def client(topology: Topology) -> AsyncIterator[httpx2.AsyncClient]:
    """HTTP through the gateway, signed in as nobody."""
    transport = httpx2.ASGITransport(app=topology.front_door.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://studyspot.test") as client:
        yield client


@pytest.fixture(scope="session")
async def people(topology: Topology, client: httpx2.AsyncClient) -> People:
    return People(topology, client)


@pytest.fixture
async def owner(people: People) -> Person:
    """The owner of a new business of her own, on the professional plan."""
    return await people.owner()


@pytest.fixture
async def stranger(people: People) -> Person:
    """The owner of another business."""
    return await people.owner()


@pytest.fixture(scope="module")
async def operator(people: People) -> Person:
    """A super admin of the platform."""
    return await people.platform_user("super_admin")


@pytest.fixture
def phone() -> Callable[[], str]:
    """A new Indian mobile number at each call."""
    return lambda: f"+9198{next(_PHONES):08}"


_PHONES = itertools.count(10_000_000)
