"""When everything is lost: from nothing but the backups and the secret key, by the commands of the manual."""

import json
from pathlib import Path
from typing import Any

from tests.entrypoints.running import run
from tests.servers import installed_programs, running_server

from studyspot.kernel.vault import new_vault_key


def _command(environment: dict[str, str], *arguments: str, exit_code: int = 0) -> Any:
    ended = run(*arguments, **environment)
    assert ended.returncode == exit_code, ended.stderr
    return json.loads(ended.stdout) if ended.stdout.startswith(("{", "[")) else ended.stderr


def test_a_platform_comes_back_on_another_server(tmp_path: Path):
    programs = installed_programs()
    kept = {
        "secret_key": new_vault_key(),
        "backups_url": f"file://{tmp_path / 'backups'}",
        "log_level": "error",
        **({"postgres_bin": str(programs)} if programs else {}),
    }
    with running_server() as server:
        lost = kept | {"data": str(tmp_path / "lost"), "database_url": server.dsn("")}
        _command(lost, "migrate", "--json")
        _command(lost, "seed", "--json")
        (tenant,) = _command(lost, "tenants", "list", "--json")
        assert _command(lost, "tenants", "backup", "--all", "--json") == {"taken": 2, "failed": []}
        (before,) = _command(lost, "tenants", "backups", tenant["id"], "--json")
        assert "has a control database" in _command(lost, "recover", exit_code=2)

    with running_server() as server:
        new = kept | {"data": str(tmp_path / "new"), "database_url": server.dsn("")}
        other_key = new | {"secret_key": new_vault_key()}
        assert "is not ours" in " ".join(_command(other_key, "recover", exit_code=2).split())
        _command(new, "recover", "--json")
        _command(new, "migrate", "--json")
        _command(new, "tenants", "restore", tenant["id"], "--json")

        assert _command(new, "tenants", "list", "--json") == [tenant]
        after = _command(new, "tenants", "backup", tenant["id"], "--json")
        changed = {name for name, table in after["tables"].items() if table != before["tables"][name]}
        assert changed <= {"tenancy.identity"}
        assert after["tables"]["students.students"]["rows"] > 100
