"""Addresses as people write them into settings, looked at before anything connects to them."""

from collections.abc import Collection
from urllib.parse import parse_qsl, urlsplit

POSTGRESQL = ("postgresql", "postgres")
HTTP = ("http", "https")
_SECRETS = frozenset({"password", "sslpassword"})


def check_url(url: str, schemes: Collection[str], *, example: str) -> None:
    """:raises ValueError: when there is no host, or a port that is none."""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ValueError(f"write it as {example}")


def check_postgresql_url(url: str, *, example: str, with_credentials: bool) -> None:
    """One server, a list of hosts, or a folder of sockets behind the question mark.

    :raises ValueError: also for a password where it is stored and printed.
    """
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in POSTGRESQL and (with_credentials or "@" not in parts.netloc)
        for host in parts.netloc.rpartition("@")[2].split(","):
            is_whole &= urlsplit(f"//{host}").port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ValueError(f"write it as {example}")
    if any(name.lower() in _SECRETS for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise ValueError("leave passwords out of what stands behind the question mark, which is printed")
