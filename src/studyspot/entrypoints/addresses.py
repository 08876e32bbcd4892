"""How the processes find and believe each other."""

from urllib.parse import urlsplit

from studyspot.entrypoints.floorplan import ROOM_NAMES, ROOMS, WORKER, port_of
from studyspot.kernel.remote.instances import Instances
from studyspot.kernel.remote.signing import ServiceKeys
from studyspot.kernel.settings import RefusedSettings, Settings, load_settings
from studyspot.kernel.vault import Vault


def read_settings(**overrides: object) -> Settings:
    """The settings, whose addresses are those of services that there are.

    :raises RefusedSettings:
    """
    settings = load_settings(**overrides)
    names = ROOM_NAMES | {WORKER}
    if unknown := sorted(settings.service_urls.keys() - names):
        raise RefusedSettings(
            f"STUDYSPOT_SERVICE_URLS: name {', '.join(sorted(names))}, not {', '.join(unknown)}"
        )
    return settings


def instances_of(settings: Settings, name: str) -> Instances:
    """Where a room of another process, or the worker, is: as set by hand, else by the pattern for all."""
    pattern = settings.service_url.format(service=name, port=port_of(name))
    return Instances(name, settings.service_urls.get(name, (pattern,)))


def ports_here(settings: Settings) -> dict[str, int]:
    """On which port each service listens that is started on this machine."""
    names = [*(room.name for room in ROOMS), WORKER]
    return {name: urlsplit(instances_of(settings, name).urls[0]).port or port_of(name) for name in names}


def service_keys(settings: Settings) -> ServiceKeys:
    return ServiceKeys(Vault(secret_key(settings)).derive_each("services"))


def secret_key(settings: Settings) -> str:
    if settings.secret_key is None:
        raise RefusedSettings("STUDYSPOT_SECRET_KEY: set it to a Fernet key; `studyspot secret` makes one")
    return settings.secret_key.get_secret_value()
