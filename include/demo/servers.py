"""PostgreSQL and Redis from Debian's packages, on 127.0.0.1 alone, for as long as a rehearsal takes."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Any

from include.demo.stack import HOST, Say, free_port

READY_WITHIN = 60.0
"""Seconds in which a server must answer on a busy machine."""


class ServerError(Exception):
    """A server is not installed, or did not come up; the message says what to install or ends with its log."""


@contextmanager
def postgresql(say: Say) -> Iterator[str]:
    """A fresh PostgreSQL; gives the address of its database for SQLAlchemy. Nothing is left of it afterwards."""
    with _scratch("postgresql") as folder:
        password, port = secrets.token_urlsafe(24), free_port(15432)
        (folder / "password").write_text(password, encoding="utf-8")
        _give_away(folder)
        initdb = [
            _program("initdb"), "--pgdata", str(folder / "data"), "--username", "airflow", "--encoding", "UTF8",
            "--no-locale", "--auth", "scram-sha-256", "--pwfile", str(folder / "password"),
        ]  # fmt: skip
        done = subprocess.run(initdb, cwd=folder, capture_output=True, text=True, check=False, **_owner())
        if done.returncode:
            raise ServerError(f"initdb ended with code {done.returncode}\n{done.stderr}")
        version = subprocess.run([_program("postgres"), "--version"], capture_output=True, text=True, check=True)
        command = [_program("postgres"), "-D", str(folder / "data"), "-h", HOST, "-p", str(port), "-k", ""]
        asked = [_program("pg_isready"), "-q", "-h", HOST, "-p", str(port)]

        def answers() -> bool:
            return subprocess.run(asked, check=False).returncode == 0

        with _running("PostgreSQL", command, folder, answers, SIGINT):
            say(f"{version.stdout.strip()} is up on {HOST}:{port}")
            yield f"postgresql+psycopg2://airflow:{password}@{HOST}:{port}/postgres"


@contextmanager
def redis(say: Say) -> Iterator[str]:
    """A fresh Redis that keeps nothing on disk; gives its address. It answers with its password alone."""
    from redis import Redis
    from redis.exceptions import RedisError

    with _scratch("redis") as folder:
        port = free_port(16379)
        url = f"redis://:{(password := secrets.token_urlsafe(24))}@{HOST}:{port}/0"
        settings = (f"bind {HOST}", f"port {port}", f"requirepass {password}", f"dir {folder}", 'save ""')
        (folder / "redis.conf").write_text("\n".join(settings) + "\n", encoding="utf-8")
        _give_away(folder)

        def answers() -> bool:
            try:
                return bool(Redis.from_url(url).ping())
            except RedisError:
                return False

        with _running("Redis", [_program("redis-server"), str(folder / "redis.conf")], folder, answers, SIGTERM):
            told: Any = Redis.from_url(url).info("server")
            say(f"Redis {told['redis_version']} is up on {HOST}:{port}")
            yield url


@contextmanager
def _running(name: str, command: list[str], folder: Path, answers: Callable[[], bool], stop_by: int) -> Iterator[None]:
    """A server from when it answers until it is stopped by a signal."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **_owner()
        )
    try:
        begin = time.monotonic()
        while not answers():
            if process.poll() is not None or time.monotonic() - begin > READY_WITHIN:
                tail = (folder / "log").read_text(errors="replace").splitlines()[-20:]
                raise ServerError("\n".join([f"{name} did not come up; its log ends with:", *tail]))
            time.sleep(0.2)
        yield
    finally:
        process.send_signal(stop_by)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _scratch(name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"targeted-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _program(name: str) -> str:
    """A program's path; Debian keeps those of PostgreSQL's server beside the version, on no search path."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(beside[-1]) if beside else None)
    if found is None:
        raise ServerError(
            f"{name} is not installed: scripts/install-full.sh installs Debian's postgresql and redis-server"
        )
    return found


def _owner() -> dict[str, Any]:
    """Whom a server runs as: PostgreSQL refuses to be root, and Debian's package has made a user for it."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


def _give_away(folder: Path) -> None:
    """Give a server's folder, with what lies in it, to the user that it runs as."""
    if owner := _owner():
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, str(owner["user"]), str(owner["group"]))
