"""Settings: read from the environment or from files; a refused one says which it is and what to write."""

from pathlib import Path

import pydantic
import pytest

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.settings import RefusedSettings, Settings, load_settings
from studyspot.kernel.vault import new_vault_key


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"STUDYSPOT_{name.upper()}", raising=False)


def test_nothing_has_to_be_set():
    settings = load_settings()

    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 3000, None)


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("PORT", "0", "greater than or equal to 1"),
        ("PORT", "70000", "less than or equal to 65535"),
        ("PORT", "http", "integer"),
        ("TENANT_CONNECTIONS", "1", "greater than or equal to 2"),
        ("TENANT_WAIT_SECONDS", "0", "greater than 0"),
        ("DEADLINE_SECONDS", "nan", ""),
        ("RATE_LIMIT", "foo", '"100/minute"'),
        ("TRUSTED_PROXIES", "x", "networks such as"),
        ("SECRET_KEY", "abc", "studyspot secret"),
        ("DATABASE_URL", "nonsense", "postgresql://owner:password@host"),
        ("DATABASE_URL", "postgresql://host:port/", "postgresql://owner:password@host"),
        ("DATABASE_URL", "postgresql://[::1", "postgresql://owner:password@host"),
        ("DATABASE_URL", "postgresql://host/?password=x", "out of what stands behind the question mark"),
        ("DATABASE_URL", "postgresql://host/?sslmode=require&SSLpassword", "which is printed"),
        ("REDIS_URL", "nonsense", "redis://:password@host"),
        ("REDIS_URL", "redis://host:0", "redis://:password@host"),
        ("SERVICE_URL", "http://{service", "http://{service}:{port}"),
        ("SERVICE_URL", "http://{0}:{port}", "http://{service}:{port}"),
        ("SERVICE_URL", "http://{service}:x", "http://{service}:{port}"),
        ("SERVICE_URL", "{service}:{port}", "http://{service}:{port}"),
        ("SERVICE_URLS", '{"auth": []}', '{"auth": ["http://10.0.0.7:3001"]}'),
        ("SERVICE_URLS", '{"auth": ["10.0.0.7:3001"]}', '{"auth": ["http://10.0.0.7:3001"]}'),
        ("TRACES_URL", "collector", "http://collector:4318"),
        ("BACKUPS_URL", "s3://bucket/prefix?region=x", "s3://bucket/prefix"),
        ("BACKUPS_URL", "file:///folder#1", "file:///folder"),
        ("POSTGRES_BIN", "/nowhere", "pg_dump and pg_restore"),
        ("BACKUPS_URL", "https://bucket", "s3://bucket/prefix"),
        ("BACKUPS_URL", "s3://bucket", "it is a bucket: set STUDYSPOT_BACKUPS_REGION, "),
        ("BACKUPS_URL", "s3:///prefix", "s3://bucket/prefix"),
        ("BACKUPS_URL", "file://backups/folder", "file:///folder"),
        ("BACKUPS_ENDPOINT", "localhost:9000", "https://minio.example.in"),
        ("BACKUPS_NIGHTLY", "at night", '"0 21 * * *"'),
        ("BACKUPS_NIGHTLY", "0 0 31 2 *", "comes within a year"),
        ("BACKUPS_NIGHTLY", "0 0 29 2 1-7 *", '"0 21 * * *"'),
        ("BACKUPS_NIGHTLY", "@daily", '"0 21 * * *"'),
        ("DRILL_SHARE", "2", "less than or equal to 1"),
        ("METRICS_TOKEN", "", "Give at least 16 characters"),
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("CORS_ORIGINS", "https://*.example.in", "whole origins"),
        ("CORS_ORIGINS", "desk.example.in", "whole origins"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_what_to_write(
    name: str, value: str, advice: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(f"STUDYSPOT_{name}", value)

    with pytest.raises(RefusedSettings, match=f"^STUDYSPOT_{name}: ") as refused:
        load_settings()

    assert advice in str(refused.value)


def test_a_key_of_backups_without_a_bucket_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STUDYSPOT_BACKUPS_SECRET", "hunter2")

    with pytest.raises(RefusedSettings, match=r"^STUDYSPOT_BACKUPS_URL: set it to s3://") as refused:
        load_settings()

    assert "hunter2" not in str(refused.value)


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STUDYSPOT_PORT", "0")
    monkeypatch.setenv("STUDYSPOT_LOG_FORMAT", "xml")

    with pytest.raises(RefusedSettings) as refused:
        load_settings()

    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [
        "STUDYSPOT_PORT",
        "STUDYSPOT_LOG_FORMAT",
    ]


def test_a_secret_that_is_refused_is_not_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STUDYSPOT_CONTROL_CONNECTIONS", "hunter2hunter2")

    with pytest.raises(RefusedSettings) as refused:
        load_settings(app_role_password="s3cret")

    assert "s3cret" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_secret_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "key"
    key = new_vault_key()
    path.write_text(f"  {key}\n")
    monkeypatch.setenv("STUDYSPOT_SECRET_KEY_FILE", str(path))

    settings = load_settings()

    assert settings.secret_key is not None
    assert settings.secret_key.get_secret_value() == key
    assert key not in repr(settings)


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STUDYSPOT_SECRET_KEY_FILE", "/nowhere/key")

    with pytest.raises(RefusedSettings, match=r"^STUDYSPOT_SECRET_KEY_FILE: .*/nowhere/key"):
        load_settings()


def test_a_file_that_is_no_text_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "key").write_bytes(b"\xff")
    monkeypatch.setenv("STUDYSPOT_SECRET_KEY_FILE", str(tmp_path / "key"))

    with pytest.raises(RefusedSettings, match=r"^STUDYSPOT_SECRET_KEY_FILE: .*/key is no text in UTF-8"):
        load_settings()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://owner:p%2Fw@one:5432,two:5433/?target_session_attrs=read-write",
        "postgres://[::1]:5432",
        "postgresql:///?host=/run/postgresql",
    ],
)
def test_a_server_may_be_several_or_a_socket(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STUDYSPOT_DATABASE_URL", url)

    assert load_settings().database_url == pydantic.SecretStr(url)


def test_the_command_line_wins_and_says_nothing_by_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STUDYSPOT_PORT", "4000")

    assert load_settings(port=None).port == 4000
    assert load_settings(port=5000).port == 5000


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STUDYSPOT_CORS_ORIGINS", "https://a.in, https://b.in,")

    assert load_settings().cors_origins == ("https://a.in", "https://b.in")


def test_settings_do_not_change():
    with pytest.raises(pydantic.ValidationError):
        load_settings().port = 1


@pytest.mark.parametrize("name", ["database_url", "secret_key"])
def test_a_process_does_not_come_up_half_configured(name: str, settings: Settings):
    half = settings.model_copy(update={name: None})

    with pytest.raises(RefusedSettings, match=f"STUDYSPOT_{name.upper()}: set it to"):
        Platform(half)
