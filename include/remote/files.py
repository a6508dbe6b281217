"""Files of offices' accounts on a server, through fsspec: listed, read in pieces, removed, written. Nothing is renamed.

`<accounts>/<submitter>/inbox/<package>` is what an office sends, `<accounts>/<submitter>/outbox/` what it gets back.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from include.remote.package import RemoteFile, RemotePackage, is_folder, last_change, remote_file

INBOX, OUTBOX = "inbox", "outbox"
RUNBOOK = "docs/runbooks/remote-inbox.md"
DEEPEST = 20
"""Folders of a package within each other: no honest one comes near."""
_MOST_LISTED = 5000
"""Files and folders of a package that are listed; a package may have far fewer."""
_CHUNK = 1 << 20
"""Bytes asked for at once: little enough to come within a file system's time limit over a slow line."""
_ALWAYS_WHOLE = {"s3", "s3a"}
"""Stores of objects: an object is there whole or not at all, and there are no folders."""


class ServerPath(Protocol):
    """What is needed of a path of universal_pathlib, or of Airflow's object storage path, which is one."""

    @property
    def fs(self) -> Any:
        """The fsspec file system behind it."""

    @property
    def path(self) -> str:
        """The path within that file system."""

    @property
    def protocol(self) -> str:
        """The name of its protocol, such as sftp, s3 or file."""


class RemoteInboxTrouble(RuntimeError):
    """The remote inbox cannot be used; the message says where, why and how to mend it, and holds no secret."""


class RemoteInboxMisconfigured(RemoteInboxTrouble):
    """The address or its connection lacks something, or is unsafe."""


class RemoteInboxUnreachable(RemoteInboxTrouble):
    """The server did not answer, did not let us in, or is not the one whose key is known.

    `of_office` hushes what the error says: it may hold the names that an office gave its files.
    """

    def __init__(self, url: str, error: BaseException, of_office: bool = False) -> None:
        self.timed_out = isinstance(error, TimeoutError)
        said = (error.strerror if isinstance(error, OSError) else "") if of_office else str(error)
        told = " ".join((said or "").split()) or "no reason given"
        super().__init__(
            f"{url} cannot be worked with: {type(error).__name__}: {told}. What lies there lies untouched. "
            f"`targeted doctor` looks again; what to do until it answers: {RUNBOOK}"
        )


class LeadsElsewhere(PermissionError):
    """An inbox, an outbox or something in it is a link or no folder: nothing is read or written through it."""

    def __init__(self) -> None:
        super().__init__(errno.EPERM, "a link, or no folder, where an office's own folder belongs")


class RemoteFiles:
    """The accounts below one address. Every method raises RemoteInboxUnreachable when the server cannot be worked with.

    FileNotFoundError, PermissionError and BlockingIOError (somebody else has it open) are of one file, and are left to
    the caller.
    """

    def __init__(self, accounts: ServerPath) -> None:
        self.url = str(accounts)
        with self._talk(of_office=False):
            self._fs, self._root = accounts.fs, accounts.path.rstrip("/")
        self._whole = accounts.protocol in _ALWAYS_WHOLE
        # sshfs removes an empty folder by `rm`: what it has as `rmdir` does nothing.
        self._is_link = getattr(self._fs, "islink", lambda path: False)  # of this machine's folders alone
        self._remove_folder = self._fs.rm if accounts.protocol == "sftp" else self._fs.rmdir

    def accounts(self) -> list[str]:
        """Names of the folders below the address, links left out; none at all is trouble: nothing would be missed."""
        try:
            listed = self._list(self._root or "/", of_office=False)
        except (FileNotFoundError, PermissionError) as error:
            raise RemoteInboxUnreachable(self.url, error) from error
        names = sorted(_base(one["name"]) for one in listed if is_folder(one))
        if not names:
            raise RemoteInboxMisconfigured(
                f"{self.url} holds no account: make a folder <submitter>/{INBOX} for each office, or mend the address"
            )
        return names

    def packages(self, account: str) -> dict[str, dict[str, Any]]:
        """What the server tells of each thing in an account's inbox, by name; nothing when there is no inbox.

        Raises LeadsElsewhere when the inbox is a link: it would bring what is another's.
        """
        path = f"{self._root}/{account}/{INBOX}"
        try:
            self._must_be_folder(path)
            return {_base(one["name"]): one for one in self._list(path)}
        except FileNotFoundError:
            return {}

    def package(self, account: str, name: str, entry: dict[str, Any]) -> RemotePackage | None:
        """A package with all its files, as they stand now; `entry` is what `packages` told of it.

        None for a folder of a store of objects that holds nothing: some clients make one before they fill it.
        """
        path = f"{self._root}/{account}/{INBOX}/{name}"
        if not is_folder(entry):
            return RemotePackage(name, path, False, last_change(entry), (remote_file(name, path, entry),))
        below = ((key, one) for key, one in self._below(path) if not is_folder(one) and not key.endswith("/"))
        files = tuple(remote_file(key.removeprefix(f"{path}/"), key, one) for key, one in below)
        return RemotePackage(name, path, True, last_change(entry), files) if files or not self._whole else None

    def again(self, account: str, name: str) -> RemotePackage | None:
        """The same package, looked at anew; None when it is gone."""
        entry = self._entry(f"{self._root}/{account}/{INBOX}/{name}")
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
        """Put a file into an account's outbox, over the one that is there. Raises LeadsElsewhere for a link there."""
        path = self._in_outbox(account, name)
        with self._talk():
            if not self._whole:
                self._fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            self._fs.pipe_file(path, data)

    def take_back(self, account: str, name: str) -> None:
        """Remove a file from an account's outbox, where it is still there. Raises LeadsElsewhere for a link there."""
        path = self._in_outbox(account, name)
        with self._talk(), suppress(FileNotFoundError):
            self._fs.rm_file(path)

    def _remove_folders(self, path: str) -> None:
        below = {key for key, one in self._below(path, folders=True) if is_folder(one) or key.endswith("/")}
        for folder in sorted({*below, path}, key=len, reverse=True):
            with suppress(Exception):  # a new upload may be in it already; a dead line tells of itself at the next word
                if self._whole:  # some clients put an empty object where others see a folder
                    self._fs.rm_file(f"{folder.rstrip('/')}/")
                else:
                    self._remove_folder(folder)

    def _below(self, path: str, folders: bool = False) -> list[tuple[str, dict[str, Any]]]:
        """All that lies below a folder, by path; what is too deep or too much is told as something that is no folder.

        The keys of objects are short and come in one listing, with `folders` also what stands for some.
        """
        if self._whole:
            with self._talk():
                found = self._fs.find(path, withdirs=folders, detail=True)
            return [(key, one) for key, one in found.items() if key.strip("/") != path.strip("/")]
        below: list[tuple[str, dict[str, Any]]] = []
        to_list = [(path, 1)]
        while to_list:
            folder, depth = to_list.pop()
            for one in self._list(folder):
                key = f"{folder}/{_base(one['name'])}"
                if is_folder(one) and (depth >= DEEPEST or len(below) >= _MOST_LISTED):
                    below.append((key, one | {"type": "other"}))
                    continue
                below.append((key, one))
                if is_folder(one):
                    to_list.append((key, depth + 1))
        return below

    def _in_outbox(self, account: str, name: str) -> str:
        """The path of a file in an outbox; raises LeadsElsewhere for a link on the way to it or in its place."""
        folder = f"{self._root}/{account}"
        way = f"{OUTBOX}/{name}".split("/")
        with suppress(FileNotFoundError):  # what is not there yet is made by us
            for one in way[:-1]:
                folder = f"{folder}/{one}"
                self._must_be_folder(folder)
            entry = None if self._whole else self._entry(f"{folder}/{way[-1]}")
            if entry and (is_folder(entry) or not remote_file(name, name, entry).plain):
                raise LeadsElsewhere
        return f"{self._root}/{account}/{OUTBOX}/{name}"

    def _must_be_folder(self, path: str) -> None:
        if self._whole:  # there are neither links nor folders
            return
        entry = self._entry(path)
        if entry is None:
            raise FileNotFoundError(errno.ENOENT, "no such folder")
        if not is_folder(entry):
            raise LeadsElsewhere

    def _entry(self, path: str) -> dict[str, Any] | None:
        """What the server tells of one path, of a link itself and not of what it leads to; None when nothing is there.

        It is asked for this one name: an account with thousands of packages would else be listed for each of them.
        """
        folder, name = path.rsplit("/", 1)
        try:
            with self._talk():
                if self._is_link(path):
                    return {"type": "link", "islink": True}
                if not self._whole:
                    entry: dict[str, Any] = self._fs.info(path)
                    return entry
                # Asked for one object, a store may tell its time less exactly than in a listing.
                alike = self._fs.find(folder, prefix=name, maxdepth=1, withdirs=True, detail=True)
        except FileNotFoundError:
            return None
        return next((one for key, one in alike.items() if _base(key) == name), None)

    def _list(self, path: str, of_office: bool = True) -> list[dict[str, Any]]:
        with self._talk(of_office=of_office):
            return [one for one in self._fs.ls(path, detail=True) if one["name"].strip("/") != path.strip("/")]

    @contextmanager
    def _talk(self, of_one_file: bool = False, of_office: bool = True) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, PermissionError, RemoteInboxTrouble):
            raise
        except Exception as error:
            # sshfs hands these two on as they are. The second is all that a server says of a file that is locked.
            if type(error).__name__ == "SFTPPermissionDenied":
                raise PermissionError(errno.EACCES, "the server denies it") from None
            if of_one_file and type(error).__name__ == "SFTPFailure":
                raise BlockingIOError(errno.EAGAIN, "the server says no more than that it failed") from None
            if of_office:  # nor is the error chained: a log shows the whole chain
                raise RemoteInboxUnreachable(self.url, error, of_office) from None
            raise RemoteInboxUnreachable(self.url, error) from error


def _base(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]
