"""What the processes of `up --services` are given, and how what they say is shown."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from studyspot.entrypoints.floorplan import GATEWAY
from studyspot.entrypoints.local import as_it_is
from studyspot.entrypoints.procfile import commands
from studyspot.entrypoints.services import _teller
from studyspot.entrypoints.supervisor import Command
from studyspot.kernel.settings import RefusedSettings, Settings, load_settings

URL, PASSWORD = "postgresql://owner:hunter2@db:5432", "of the serving role"


def environments(settings: Settings) -> dict[str, str]:
    return {command.name: str(sorted(command.environment.items())) for command in commands(settings)}


def test_only_who_needs_the_database_can_open_it(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "APP_ROLE_PASSWORD", "APP_ROLE_PASSWORD_FILE"):
        monkeypatch.setenv(f"STUDYSPOT_{name}", f"a {name} of everybody")
    secrets = {"database_url": SecretStr(URL), "app_role_password": SecretStr(PASSWORD)}
    given = environments(settings.model_copy(update=secrets))

    assert not [name for name, told in given.items() if "of everybody" in told]
    assert {name for name, told in given.items() if URL in told} == given.keys() - {GATEWAY}
    assert {name for name, told in given.items() if PASSWORD in told} == given.keys() - {GATEWAY}


def test_a_secret_is_read_again_from_its_file(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert settings.secret_key is not None
    old, file = settings.secret_key.get_secret_value(), tmp_path / "key"
    new = old.swapcase()
    monkeypatch.setenv("STUDYSPOT_SECRET_KEY_FILE", str(file))
    for keys in (old, f"{old},{new}", f"{new},{old}", new):
        file.write_text(keys)
        given = environments(as_it_is(load_settings(database_url=URL)))

        assert all(f"('STUDYSPOT_SECRET_KEY', '{keys}')" in told for told in given.values())


def test_the_key_of_a_data_folder_is_read_again_too(tmp_path: Path, settings: Settings):
    assert settings.secret_key is not None
    (tmp_path / "cluster").mkdir()
    (tmp_path / "secret_key").write_text(settings.secret_key.get_secret_value())

    assert as_it_is(Settings(data=tmp_path)).secret_key == settings.secret_key
    assert {path.name for path in tmp_path.iterdir()} == {"cluster", "secret_key"}  # nothing else was made


def test_a_folder_without_a_platform_is_not_taken_for_one(tmp_path: Path):
    with pytest.raises(RefusedSettings, match="there is no platform in"):
        as_it_is(Settings(data=tmp_path))


def test_each_process_says_its_lines_behind_its_name_in_a_colour_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    say = _teller([Command("auth", (), {}), Command("students", (), {})])
    say("auth", "[red]is not markup[/red]")
    say("students", "x" * 300)

    first, second = capsys.readouterr().err.splitlines()
    assert first == "\x1b[36mauth     | \x1b[0m[red]is not markup[/red]"
    assert second == f"\x1b[33mstudents | \x1b[0m{'x' * 300}"
