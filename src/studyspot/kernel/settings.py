"""The settings every process shares, read from `STUDYSPOT_*` and nowhere else.

`STUDYSPOT_<NAME>_FILE` names a file that holds the value, for secrets that should not stand in an
environment. A room with settings of its own declares them beside its `module.py`.
"""

import ipaddress
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import limits
import pydantic
from croniter import CroniterBadDateError, croniter
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from studyspot.kernel import clock
from studyspot.kernel.urls import HTTP, check_postgresql_url, check_url
from studyspot.kernel.vault import Vault

PREFIX = "STUDYSPOT_"
CRON_FIELDS = 5
CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class RefusedSettings(Exception):
    """One or more settings are missing or contradict each other; the message says what to write instead."""


class Settings(BaseSettings):
    """Frozen: what a process was started with holds until it ends."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    data: Path = Path(".studyspot")
    host: str = "127.0.0.1"
    port: Annotated[int, pydantic.Field(ge=1, le=65535)] = 3000

    service_port: Annotated[int, pydantic.Field(ge=1, le=65535)] | None = None
    service_url: str = "http://127.0.0.1:{port}"
    service_urls: dict[str, tuple[str, ...]] = {}
    public_url: str | None = None
    reuse_port: bool = False
    drain_seconds: Annotated[float, pydantic.Field(ge=0, le=60)] = 0.0

    database_url: pydantic.SecretStr | None = None
    app_role_password: pydantic.SecretStr | None = None
    statement_cache: bool = True
    control_connections: Annotated[int, pydantic.Field(ge=2, le=200)] = 10
    tenant_connections: Annotated[int, pydantic.Field(ge=2, le=2000)] = 50
    tenant_connections_each: Annotated[int, pydantic.Field(ge=1, le=200)] = 10
    tenant_wait_seconds: Annotated[float, pydantic.Field(gt=0, le=60)] = 5.0
    warm_databases: Annotated[int, pydantic.Field(ge=0, le=1000)] = 4

    postgres_bin: Path | None = None
    backups_url: str | None = None
    backups_region: str | None = None
    backups_key: str | None = None
    backups_secret: pydantic.SecretStr | None = None
    backups_endpoint: str | None = None
    backups_nightly: str = "0 21 * * *"
    backups_daily: Annotated[int, pydantic.Field(ge=1, le=366)] = 7
    backups_weekly: Annotated[int, pydantic.Field(ge=0, le=520)] = 4
    backups_monthly: Annotated[int, pydantic.Field(ge=0, le=240)] = 3
    backups_last_days: Annotated[int, pydantic.Field(ge=1, le=36500)] = 365
    drill_share: Annotated[float, pydantic.Field(ge=0, le=1)] = 0.01
    retired_days: Annotated[int, pydantic.Field(ge=0, le=366)] = 7
    deleted_days: Annotated[int, pydantic.Field(ge=0, le=3660)] = 30

    secret_key: pydantic.SecretStr | None = None
    token_issuer: str = "studyspot"  # noqa: S105 - a name, no secret

    cors_origins: CommaSeparated = ()
    trusted_proxies: CommaSeparated = ()
    rate_limit: str = "100/minute"
    login_rate_limit: str = "5/15 minute"
    stranger_rate_limit: str = "30/hour"
    redis_url: pydantic.SecretStr | None = None
    deadline_seconds: Annotated[float, pydantic.Field(gt=0, le=120)] = 30.0
    body_limit_bytes: Annotated[int, pydantic.Field(ge=1024, le=100 * 2**20)] = 2**20
    upload_limit_bytes: Annotated[int, pydantic.Field(ge=1024, le=100 * 2**20)] = 25 * 2**20

    health_email: str | None = None
    health_password: pydantic.SecretStr | None = None
    metrics_token: Annotated[pydantic.SecretStr, pydantic.Field(min_length=16)] | None = None
    traces_url: str | None = None
    traces_share: Annotated[float, pydantic.Field(ge=0, le=1)] = 0.1
    sentry_dsn: pydantic.SecretStr | None = None
    log_folder: Path | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"

    @pydantic.field_validator("cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @pydantic.field_validator("rate_limit", "login_rate_limit", "stranger_rate_limit")
    @classmethod
    def _readable_limit(cls, limit: str) -> str:
        try:
            if limit:
                limits.parse(limit)
        except ValueError:
            raise ValueError(f'write it as "100/minute" or "5/15 minute", not {limit!r}') from None
        return limit

    @pydantic.field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            try:
                ipaddress.ip_network(network)
            except ValueError:
                raise ValueError(f"list networks such as 10.0.0.0/8, not {network!r}") from None
        return networks

    @pydantic.field_validator("secret_key")
    @classmethod
    def _usable_key(cls, key: pydantic.SecretStr | None) -> pydantic.SecretStr | None:
        try:
            if key is not None:
                Vault(key.get_secret_value())
        except ValueError:
            raise ValueError("this is no Fernet key; `studyspot secret` makes one") from None
        return key

    @pydantic.field_validator("database_url")
    @classmethod
    def _postgresql(cls, url: pydantic.SecretStr | None) -> pydantic.SecretStr | None:
        if url is not None:
            example = "postgresql://owner:password@host:5432"
            check_postgresql_url(url.get_secret_value(), example=example, with_credentials=True)
        return url

    @pydantic.field_validator("redis_url")
    @classmethod
    def _redis(cls, url: pydantic.SecretStr | None) -> pydantic.SecretStr | None:
        if url is not None:
            check_url(url.get_secret_value(), ("redis", "rediss"), example="redis://:password@host:6379/0")
        return url

    @pydantic.field_validator("public_url")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        if url is not None:
            check_url(url, HTTP, example="https://studyspot.example.in")
        return url

    @pydantic.field_validator("service_url")
    @classmethod
    def _pattern_of_addresses(cls, pattern: str) -> str:
        example = "http://{service}:{port}"
        try:
            url = pattern.format(service="auth", port=3001)
        except (KeyError, IndexError, ValueError, AttributeError):
            raise ValueError(f"write it as {example}") from None
        check_url(url, HTTP, example=example)
        return pattern

    @pydantic.field_validator("service_urls")
    @classmethod
    def _addresses(cls, urls: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        example = '{"auth": ["http://10.0.0.7:3001"]}'
        for addresses in urls.values():
            if not addresses:
                raise ValueError(f"write it as {example}")
            for url in addresses:
                check_url(url, HTTP, example=example)
        return urls

    @pydantic.field_validator("traces_url")
    @classmethod
    def _collector(cls, url: str | None) -> str | None:
        if url is not None:
            check_url(url, HTTP, example="http://collector:4318/v1/traces")
        return url

    @pydantic.field_validator("postgres_bin")
    @classmethod
    def _with_programs(cls, folder: Path | None) -> Path | None:
        if folder is not None and not all((folder / name).is_file() for name in ("pg_dump", "pg_restore")):
            raise ValueError(f"name the folder of pg_dump and pg_restore; they are not in {folder}")
        return folder

    @pydantic.field_validator("backups_nightly")
    @classmethod
    def _cron(cls, line: str) -> str:
        if len(line.split()) != CRON_FIELDS or not croniter.is_valid(line):
            raise ValueError(f'write it as a cron line in UTC such as "0 21 * * *", not {line!r}')
        begin = clock.now()
        try:
            due = croniter(line, begin).get_next(datetime)
        except CroniterBadDateError:
            due = datetime.max.replace(tzinfo=UTC)
        if due > begin + timedelta(days=365):
            raise ValueError(f"name a time that comes within a year, not {line!r}")
        return line

    @pydantic.field_validator("backups_url")
    @classmethod
    def _place_of_backups(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "")
        is_folder = parts.scheme == "file" and parts.path and not parts.netloc
        is_place = (parts.scheme == "s3" and parts.netloc) or is_folder
        if url is not None and (not is_place or parts.query or parts.fragment):
            raise ValueError(f"write it as s3://bucket/prefix or file:///folder, not {url!r}")
        return url

    @pydantic.field_validator("backups_endpoint")
    @classmethod
    def _address_of_provider(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "")
        if url is not None and not (parts.scheme in {"http", "https"} and parts.netloc):
            raise ValueError(f"write it as https://minio.example.in, not {url!r}")
        return url

    @pydantic.model_validator(mode="after")
    def _all_of_the_bucket(self) -> Self:
        given = {name: getattr(self, f"backups_{name}") for name in ("region", "key", "secret")}
        missing = [f"{PREFIX}BACKUPS_{name.upper()}" for name, value in given.items() if value is None]
        if (self.backups_url or "").startswith("s3:"):
            if missing:
                raise ValueError(f"{PREFIX}BACKUPS_URL: it is a bucket: set {', '.join(missing)}")
        elif len(missing) < len(given) or self.backups_endpoint is not None:
            raise ValueError(
                f"{PREFIX}BACKUPS_URL: set it to s3://bucket/prefix, or unset the region, key, secret and"
                " endpoint of backups"
            )
        return self

    @pydantic.field_validator("cors_origins")
    @classmethod
    def _explicit_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if bad := [one for one in origins if "*" in one or not one.startswith(("http://", "https://"))]:
            raise ValueError(f"list whole origins such as https://desk.example.in, not {', '.join(bad)}")
        return origins


def load_settings(**overrides: object) -> Settings:
    """Reads the environment; `overrides` are what the command line was given.

    :raises RefusedSettings: naming every setting that is wrong and what to write instead.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**(_from_files() | given))  # type: ignore[arg-type]  # pydantic checks them
    except pydantic.ValidationError as problem:
        lines = [
            "".join(f"{PREFIX}{part}: ".upper() for part in error["loc"][:1]) + _in_words(error)
            for error in problem.errors()
        ]
        raise RefusedSettings("\n".join(lines)) from None


def _in_words(error: ErrorDetails) -> str:
    if error["type"] == "too_short":  # the only ones with a least length are texts
        return f"Give at least {error['ctx']['min_length']} characters"
    return error["msg"].removeprefix("Value error, ")


def environment_with(values: Mapping[str, str]) -> dict[str, str]:
    """This process's environment for another one, with these settings and without what opens the database
    unless it is among them.
    """
    hidden = (f"{PREFIX}DATABASE_URL", f"{PREFIX}APP_ROLE_PASSWORD")  # and the names of their files
    given = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return given | {f"{PREFIX}{name}": value for name, value in values.items()}


def _from_files() -> dict[str, str]:
    values = {}
    for name in Settings.model_fields:
        path = os.environ.get(f"{PREFIX}{name.upper()}_FILE")
        if path is None:
            continue
        values[name] = read_setting(Path(path), f"{PREFIX}{name.upper()}_FILE")
    return values


def read_setting(path: Path, name: str) -> str:
    """The text of a file, without the blanks around it.

    :raises RefusedSettings: when it cannot be read; `name` says where it was named.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise RefusedSettings(f"{name}: cannot read {path}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise RefusedSettings(f"{name}: {path} is no text in UTF-8") from None
