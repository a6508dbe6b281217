"""Files of offices' accounts on a server, through fsspec: listed, read in pieces, removed, written. Nothing is renamed.

`<accounts>/<submitter>/inbox/<package>` is what an office sends, `<accounts>/<submitter>/outbox/` what it gets back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

INBOX, OUTBOX = "inbox", "outbox"
RUNBOOK = "docs/runbooks/remote-inbox.md"
_CHUNK = 1 << 22
_ALWAYS_WHOLE = {"s3", "s3a"}
"""Stores of objects: an object is there whole or not at all, and there are no folders."""


class ServerPath(Protocol):
    """What is needed of a path of universal_pathlib, or of Airflow's object storage path, which is one."""

    @property
    def fs(self) -> Any: ...
    @property
    def path(self) -> str: ...
    @property
    def protocol(self) -> str: ...


class RemoteInboxTrouble(RuntimeError):
    """The remote inbox cannot be used; the message says where, why and how to mend it, and holds no secret."""


class RemoteInboxMisconfigured(RemoteInboxTrouble):
    """The address or its connection lacks something, or is unsafe."""


class RemoteInboxUnreachable(RemoteInboxTrouble):
    """The server did not answer, did not let us in, or is not the one whose key is known."""

    def __init__(self, url: str, error: BaseException) -> None:
        told = " ".join(str(error).split()) or "no reason given"
        super().__init__(
            f"{url} cannot be worked with: {type(error).__name__}: {told}. What lies there lies untouched. "
            f"`targeted doctor` looks again; what to do until it answers: {RUNBOOK}"
        )


@dataclass(frozen=True)
class RemoteFile:
    """One file of a package as the server lists it."""

    name: str
    """Within its package, with "/" between folders; of a package that is one file, its name."""
    path: str
    size: int
    changed: float | None
    """Seconds since 1970 by the server's clock."""
    tag: str
    """What a store of objects says of the content; empty elsewhere."""
    plain: bool
    """False for a link or a device."""

    @property
    def version(self) -> list[Any]:
        """The same as long as nobody has written the file anew."""
        return [self.name, self.size, self.changed, self.tag]


@dataclass(frozen=True)
class RemotePackage:
    """What lies in an account's inbox under one name."""

    name: str
    path: str
    folder: bool
    changed: float | None
    """Of the folder itself, or of the one file."""
    files: tuple[RemoteFile, ...]

    @property
    def last_change(self) -> float | None:
        """When anything of it last changed, in seconds since 1970; None when the server tells no times."""
        return max(
            (time for time in (self.changed, *(f.changed for f in self.files)) if time is not None), default=None
        )

    @property
    def version(self) -> list[list[Any]]:
        """The same as long as nothing of it was written anew, added or removed."""
        return sorted(file.version for file in self.files)


class RemoteFiles:
    """The accounts below one address. Every method raises RemoteInboxUnreachable when the server cannot be worked with.

    FileNotFoundError, PermissionError and BlockingIOError (somebody else has it open) are of one file, and are left to
    the caller.
    """

    def __init__(self, accounts: ServerPath) -> None:
        self.url = str(accounts)
        with self._talk():
            self._fs, self._root = accounts.fs, accounts.path.rstrip("/")
        self._whole = accounts.protocol in _ALWAYS_WHOLE
        # sshfs removes an empty folder by `rm`: what it has as `rmdir` does nothing.
        self._remove_folder = self._fs.rm if accounts.protocol == "sftp" else self._fs.rmdir

    def accounts(self) -> list[str]:
        """Names of the folders below the address, links left out; none at all is trouble: nothing would be missed."""
        try:
            listed = self._list(self._root or "/")
        except (FileNotFoundError, PermissionError) as error:
            raise RemoteInboxUnreachable(self.url, error) from error
        names = sorted(_base(one["name"]) for one in listed if one["type"] == "directory" and not one.get("islink"))
        if not names:
            raise RemoteInboxMisconfigured(
                f"{self.url} holds no account: make a folder <submitter>/{INBOX} for each office, or mend the address"
            )
        return names

    def packages(self, account: str) -> dict[str, dict[str, Any]]:
        """What the server tells of each thing in an account's inbox, by name; nothing when there is no inbox."""
        try:
            listed = self._list(f"{self._root}/{account}/{INBOX}")
        except FileNotFoundError:
            return {}
        return {_base(one["name"]): one for one in listed}

    def package(self, account: str, name: str, entry: dict[str, Any]) -> RemotePackage:
        """A package with all its files, as they stand now; `entry` is what `packages` told of it."""
        path = f"{self._root}/{account}/{INBOX}/{name}"
        if entry["type"] != "directory" or entry.get("islink"):
            return RemotePackage(name, path, False, last_change(entry), (_file(name, path, entry),))
        with self._talk():
            found = self._fs.find(path, detail=True)
        files = tuple(
            _file(key.removeprefix(f"{path}/"), key, info)
            for key, info in found.items()
            if info["type"] != "directory" and key.strip("/") != path.strip("/") and not key.endswith("/")
        )
        return RemotePackage(name, path, True, last_change(entry), files)

    def again(self, account: str, name: str) -> RemotePackage | None:
        """The same package, looked at anew; None when it is gone."""
        entry = self.packages(account).get(name)
        return self.package(account, name, entry) if entry else None

    def chunks(self, file: RemoteFile) -> Iterator[bytes]:
        """The bytes of a file in pieces: those that were listed, and one more where it has grown."""
        left = file.size + 1
        with self._talk(of_one_file=True):
            source = self._fs.open(file.path, "rb")
        try:
            while left:
                with self._talk(of_one_file=True):
                    piece = source.read(min(_CHUNK, left))
                if not piece:
                    return
                left -= len(piece)
                yield piece
        finally:
            with self._talk(of_one_file=True):
                source.close()

    def remove(self, package: RemotePackage) -> None:
        """Remove a package, its manifest first: what a death leaves of it is not whole."""
        for file in sorted(package.files, key=lambda file: (_base(file.name).lower() != "manifest.json", file.name)):
            with self._talk(of_one_file=True):
                self._fs.rm_file(file.path)
        if package.folder:
            self._remove_folders(package.path)

    def write(self, account: str, name: str, data: bytes) -> None:
        """Put a file into an account's outbox, over the one that is there."""
        path = f"{self._root}/{account}/{OUTBOX}/{name}"
        with self._talk():
            if not self._whole:
                self._fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            self._fs.pipe_file(path, data)

    def take_back(self, account: str, name: str) -> None:
        """Remove a file from an account's outbox, where it is still there."""
        with self._talk(), suppress(FileNotFoundError):
            self._fs.rm_file(f"{self._root}/{account}/{OUTBOX}/{name}")

    def _remove_folders(self, path: str) -> None:
        with self._talk():
            found = self._fs.find(path, withdirs=True, detail=True)
        below = {name for name, one in found.items() if one["type"] == "directory" or name.endswith("/")}
        for folder in sorted({*below, path}, key=len, reverse=True):
            with suppress(Exception):  # a new upload may be in it already; a dead line tells of itself at the next word
                if self._whole:  # some clients put an empty object where others see a folder
                    self._fs.rm_file(f"{folder.rstrip('/')}/")
                else:
                    self._remove_folder(folder)

    def _list(self, path: str) -> list[dict[str, Any]]:
        with self._talk():
            return [one for one in self._fs.ls(path, detail=True) if one["name"].strip("/") != path.strip("/")]

    @contextmanager
    def _talk(self, of_one_file: bool = False) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, PermissionError, RemoteInboxTrouble):
            raise
        except Exception as error:
            # sshfs hands these two on as they are. The second is all that a server says of a file that is locked.
            if type(error).__name__ == "SFTPPermissionDenied":
                raise PermissionError(str(error)) from error
            if of_one_file and type(error).__name__ == "SFTPFailure":
                raise BlockingIOError(str(error)) from error
            raise RemoteInboxUnreachable(self.url, error) from error


def _base(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


def _file(name: str, path: str, info: dict[str, Any]) -> RemoteFile:
    plain = info["type"] == "file" and not info.get("islink")
    return RemoteFile(name, path, int(info.get("size") or 0), last_change(info), str(info.get("ETag") or ""), plain)


def last_change(info: dict[str, Any]) -> float | None:
    """When the server says that something last changed, in seconds since 1970; stores of objects know no folders."""
    time = info.get("LastModified") or info.get("mtime")
    return time.timestamp() if isinstance(time, datetime) else time
