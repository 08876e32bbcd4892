"""Addresses and credentials: how the owner and the application reach a server and a database on it."""

from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

APP_ROLE = "studyspot_app"


class Credentials(msgspec.Struct, frozen=True):
    """The two roles on every server: the owner makes and migrates databases, the application reads and writes
    rows.
    """

    owner: str
    owner_password: str | None
    app_password: str | None


def split_credentials(url: str, *, app_password: str | None) -> tuple[str, Credentials]:
    """Takes the owner's name and password out of a server's URL."""
    parts = urlsplit(url)
    credentials = Credentials(parts.username or "postgres", parts.password, app_password)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])), credentials


def owner_dsn(url: str, credentials: Credentials, database: str) -> str:
    return _dsn(url, credentials.owner, credentials.owner_password, database)


def app_dsn(url: str, credentials: Credentials, database: str) -> str:
    return _dsn(url, APP_ROLE, credentials.app_password, database)


def _dsn(url: str, user: str, password: str | None, database: str) -> str:
    parts = urlsplit(url)
    name = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return urlunsplit(parts._replace(netloc=f"{name}@{parts.netloc}", path=f"/{quote(database, safe='')}"))
