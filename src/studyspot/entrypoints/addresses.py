"""How the processes find and believe each other."""

from studyspot.kernel.module import Module
from studyspot.kernel.remote.instances import Instances
from studyspot.kernel.remote.signing import ServiceKeys
from studyspot.kernel.settings import RefusedSettings, Settings
from studyspot.kernel.vault import Vault


def instances_of(settings: Settings, module: Module) -> Instances:
    """Where the room of another process is: as set by hand, else by the pattern for all."""
    pattern = settings.service_url.format(service=module.name, port=module.port)
    return Instances(module.name, settings.service_urls.get(module.name, (pattern,)))


def service_keys(settings: Settings) -> ServiceKeys:
    return ServiceKeys(Vault(secret_key(settings)).derive_each("services"))


def secret_key(settings: Settings) -> str:
    if settings.secret_key is None:
        raise RefusedSettings("STUDYSPOT_SECRET_KEY: set it to a Fernet key; `studyspot secret` makes one")
    return settings.secret_key.get_secret_value()
