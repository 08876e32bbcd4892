"""What pg_dump and pg_restore are given, and what of their complaints is passed on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvloop

from studyspot.tenancy.care.programs import ProgramFailed, Programs

DSN = "postgresql://owner:p%40ss@127.0.0.1:5433/t_1?sslmode=require"


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


def _programs(folder: Path, script: str) -> Programs:
    (folder / "pg_restore").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "pg_restore").chmod(0o755)
    return Programs(folder)


async def test_the_password_is_in_the_environment_of_the_child_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STUDYSPOT_SECRET_KEY", "of the platform")
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=1")
    programs = _programs(tmp_path, f'echo "$@" > {tmp_path}/arguments; env > {tmp_path}/environment')

    await programs.restore(DSN, _nothing())

    arguments = (tmp_path / "arguments").read_text()
    environment = (tmp_path / "environment").read_text()
    assert "--dbname=postgresql://owner@127.0.0.1:5433/t_1?sslmode=require" in arguments
    assert "ss@" not in arguments
    assert "PGPASSWORD=p@ss" in environment
    assert "platform" not in environment
    assert "PGOPTIONS" not in environment


async def _without_end() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 2**16
        await asyncio.sleep(0.01)


def test_one_that_dies_over_its_work_is_a_refusal_on_the_servers_loop_too(tmp_path: Path):
    """uvloop answers a write to a closed pipe otherwise than asyncio."""
    programs = _programs(
        tmp_path, "head -c 100 >/dev/null; echo 'pg_restore: error: server closed' >&2; exit 1"
    )

    with pytest.raises(ProgramFailed, match="server closed"):
        uvloop.run(programs.restore(DSN, _without_end()))


async def test_a_complaint_is_passed_on_without_values_and_is_bounded(tmp_path: Path):
    programs = _programs(
        tmp_path,
        "head -c 2000000 /dev/zero | tr '\\0' 'x' >&2; echo >&2\n"
        "echo 'pg_restore: error: invalid input syntax for type integer: \"98765 43210\"' >&2\n"
        "echo 'DETAIL: Key (phone)=(9876543210) exists' >&2; exit 1",
    )

    with pytest.raises(ProgramFailed) as failed:
        await programs.restore(DSN, _nothing())

    assert failed.value.message == 'pg_restore ended with 1: invalid input syntax for type integer: "…"'
