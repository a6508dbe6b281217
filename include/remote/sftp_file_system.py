"""The file system behind sftp:// addresses: sshfs, which by itself follows links and waits for ever for an answer.

sshfs has no types, so that to mypy its classes are Any: each `type: ignore` below stands for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fsspec.asyn import sync
from sshfs import SSHFileSystem
from sshfs.file import SSHFile
from sshfs.pools import SFTPSoftChannelPool
from sshfs.utils import wrap_exceptions

SECONDS_TO_ANSWER = 60
"""For one request: a listing, or a piece of a file. A server may keep the line alive and still answer nothing."""


class _TimedPool(SFTPSoftChannelPool):  # type: ignore[misc]
    """Every request but those of an open file holds a channel of this pool, and none holds it for longer."""

    @asynccontextmanager
    async def get(self) -> AsyncIterator[Any]:
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER), super().get() as channel:
                yield channel
        except TimeoutError:
            self.give_up()
            raise

    def give_up(self) -> None:
        """Open new channels from now on: servers answer in order, so that one in silence would stay so."""
        self._channels.clear()


class _TimedFile(SSHFile):  # type: ignore[misc]
    _closed: bool

    def read(self, size: int = -1) -> Any:
        try:
            return sync(self.loop, self._file.read, size, timeout=SECONDS_TO_ANSWER)
        except TimeoutError:
            self._closed = True  # to close it would be one more wait on the same channel
            self.fs._pool.give_up()
            raise

    def close(self) -> None:
        if not self._closed:
            self._closed = True  # first: nor is it waited for once more when it is collected
            sync(self.loop, self._file.close, timeout=SECONDS_TO_ANSWER)


class SftpFileSystem(SSHFileSystem):  # type: ignore[misc]
    """Tells of a link itself and not of what it leads to; raises TimeoutError when no answer comes in time."""

    def __init__(self, host: str, **how: Any) -> None:
        super().__init__(host, pool_type=_TimedPool, **how)

    @wrap_exceptions  # type: ignore[untyped-decorator]
    async def _info(self, path: str, **_: Any) -> dict[str, Any]:
        path = self._strip_protocol(path)
        async with self._pool.get() as channel:
            attributes = await channel.lstat(path)
        return {**self._decode_attributes(attributes), "name": path}

    def _open(self, path: str, *args: Any, **kwargs: Any) -> SSHFile:
        return _TimedFile(self, path, *args, **kwargs)
