"""The platform that tests share: real PostgreSQL, every door through the loopback, HTTP without a socket."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator

import httpx2
import pytest
from pydantic import SecretStr

from studyspot.entrypoints.front_door import FrontDoor
from studyspot.entrypoints.platform import Platform
from studyspot.entrypoints.setup import migrate_everything
from studyspot.kernel.doors import Loopback
from studyspot.kernel.settings import Settings
from studyspot.kernel.vault import new_vault_key
from tests.people import People, Person
from tests.servers import Server, running_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


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
        log_level="error",
    )


@pytest.fixture(scope="session")
async def platform(settings: Settings) -> AsyncIterator[Platform]:
    await migrate_everything(settings)
    async with Platform(settings, Loopback()).running() as running:
        yield running


@pytest.fixture(scope="session")
async def client(platform: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    """HTTP through the gateway, signed in as nobody."""
    transport = httpx2.ASGITransport(app=FrontDoor(platform.settings, platform.apps()).app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://studyspot.test") as client:
        yield client


@pytest.fixture(scope="session")
async def people(platform: Platform, client: httpx2.AsyncClient) -> People:
    return People(platform, client)


@pytest.fixture
async def owner(people: People) -> Person:
    """The owner of a new business of her own, on the professional plan."""
    return await people.owner()


@pytest.fixture
async def stranger(people: People) -> Person:
    """The owner of another business."""
    return await people.owner()


@pytest.fixture(scope="session")
async def operator(people: People) -> Person:
    """A super admin of the platform."""
    return await people.platform_user("super_admin")


@pytest.fixture
def phone() -> Callable[[], str]:
    """A new Indian mobile number at each call."""
    return lambda: f"+9198{next(_PHONES):08}"


_PHONES = itertools.count(10_000_000)
