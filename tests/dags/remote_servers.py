"""Servers on loopback that offices deliver to: SFTP by asyncssh, S3 by moto. Each knows one user and one key."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import asyncssh

from tests.unit.intake_world import World

USER = "centre"
PASSWORD = "-".join(["of", "the", "centre"])
_numbers = itertools.count(1)


class Server(Protocol):
    """A server with its address and the Airflow connection that opens it."""

    url: str
    connection: dict[str, Any]
    variable: str

    def put(self, name: str, data: bytes) -> None:
        """An office writes a file, such as 513431/inbox/p1/manifest.json."""

    def files(self) -> dict[str, bytes]:
        """All that lies there."""

    def stop(self) -> None:
        """Answer no more."""


class _Office(asyncssh.SSHServer):
    def __init__(self, connections: list[asyncssh.SSHServerConnection], key: asyncssh.SSHKey) -> None:
        self._connections, self._key = connections, key

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key == self._key

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


class _Files(asyncssh.SFTPServer):
    """Says of files by these names what a Windows server says of one that is being uploaded, or is closed."""

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if path.endswith(b"locked.zip"):
            raise asyncssh.SFTPFailure("sharing violation")
        if path.endswith(b"closed.zip"):
            raise asyncssh.SFTPPermissionDenied("access is denied")
        return super().open(path, pflags, attrs)


class SftpServer:
    """The accounts lie in a folder of the test; what the server shows is that folder and nothing above it."""

    def __init__(self, root: Path) -> None:
        self.root = root / "srv"
        (self.root / "accounts").mkdir(parents=True)
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.users_key = asyncssh.generate_private_key("ssh-ed25519")
        self._connections: list[asyncssh.SSHServerConnection] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(self._listen())
        conn_id = f"sftp_{next(_numbers)}"
        self.url = f"sftp://{conn_id}@/accounts"
        self.variable = f"AIRFLOW_CONN_{conn_id.upper()}"
        self.connection = {
            "conn_type": "sftp",
            "host": "127.0.0.1",
            "port": self._server.get_port(),
            "login": USER,
            "password": PASSWORD,
            "extra": {"host_key": self.key.export_public_key().decode().strip()},
        }

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Office(self._connections, self.users_key.convert_to_public()),
            server_host_keys=[self.key],
            sftp_factory=lambda channel: _Files(channel, chroot=os.fsencode(self.root)),
        )

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)

    def put(self, name: str, data: bytes) -> None:
        path = self.root / "accounts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def files(self) -> dict[str, bytes]:
        accounts = self.root / "accounts"
        return {p.relative_to(accounts).as_posix(): p.read_bytes() for p in sorted(accounts.rglob("*")) if p.is_file()}

    def stop(self) -> None:
        async def close() -> None:
            self._server.close()
            await self._server.wait_closed()
            for connection in self._connections:
                connection.abort()
            await asyncio.gather(*(connection.wait_closed() for connection in self._connections))

        if self._thread.is_alive():
            self._run(close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()


class S3Server:
    """One bucket; the accounts lie under a prefix."""

    def __init__(self) -> None:
        import boto3
        from moto.server import ThreadedMotoServer

        self._server: Any = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        endpoint = "http://{}:{}".format(*self._server.get_host_and_port())
        conn_id = f"s3_{next(_numbers)}"
        self.bucket = conn_id.replace("_", "-")
        self.url = f"s3://{conn_id}@{self.bucket}/accounts"
        self.variable = f"AIRFLOW_CONN_{conn_id.upper()}"
        extra = {"endpoint_url": endpoint, "region_name": "us-east-1"}
        self.connection = {"conn_type": "aws", "login": USER, "password": PASSWORD, "extra": extra}
        self._client = boto3.client(
            "s3", **extra, aws_access_key_id="office", aws_secret_access_key="-".join(["an", "office"])
        )
        self._client.create_bucket(Bucket=self.bucket)

    def put(self, name: str, data: bytes) -> None:
        self._client.put_object(Bucket=self.bucket, Key=f"accounts/{name}", Body=data)

    def files(self) -> dict[str, bytes]:
        listed = self._client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {
            one["Key"].removeprefix("accounts/"): self._client.get_object(Bucket=self.bucket, Key=one["Key"])[
                "Body"
            ].read()
            for one in listed
            if not one["Key"].endswith("/")
        }

    def stop(self) -> None:
        if self._server:
            self._server.stop()
            self._server = None


@contextmanager
def serving(kind: str, root: Path) -> Iterator[Any]:
    """A server of the kind, and its connection in the environment, as a deployment gives it."""
    server: Any = SftpServer(root) if kind == "sftp" else S3Server()
    os.environ[server.variable] = json.dumps(server.connection)
    try:
        yield server
    finally:
        os.environ.pop(server.variable, None)
        server.stop()


def package_files(root: Path, **how: Any) -> dict[str, bytes]:
    """A package as an office makes it, by name within its account's inbox."""
    sent = World(root / "office").send(**how)
    account = sent.parent
    return {path.relative_to(account).as_posix(): path.read_bytes() for path in account.rglob("*") if path.is_file()}


def deliver(server: Any, files: dict[str, bytes], submitter: str = "513431") -> None:
    for name, data in files.items():
        server.put(f"{submitter}/inbox/{name}", data)


def in_inboxes(server: Any) -> set[str]:
    return {name for name in server.files() if "/inbox/" in name and not name.endswith(".keep")}


def changed(server: Any, **fields: Any) -> None:
    extra = server.connection["extra"] | fields.pop("extra", {})
    os.environ[server.variable] = json.dumps(server.connection | fields | {"extra": extra})
