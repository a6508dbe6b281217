"""Copying a package from a server: what is refused by its names and sizes alone, and the copy itself."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from include.files import flush_folder
from include.intake.package import MAX_FILE_BYTES, MAX_FILES, MAX_UNPACKED_BYTES, STAND_INS, TOO_LARGE, UNSAFE
from include.intake.remote_account import Left, LocalAccount, delete, fits_path
from include.kill_points import reach
from include.remote.files import DEEPEST, RemoteFiles
from include.remote.package import RemoteFile, RemotePackage

_NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
_NO_NAME = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EEXIST)
"""What a disk says of a name that it cannot write; the last where it takes two names of a package for one."""


class NoRoom(Exception):
    """A package that does not fit here now."""


class NoNameHere(Exception):
    """A package with a name that this disk cannot write."""


def refused_unread(account: LocalAccount, package: RemotePackage) -> Left | None:
    """Why nothing of a package is copied: what the door would refuse for its names or sizes alone."""
    if len(package.files) > MAX_FILES:
        return TOO_LARGE
    if package.name.endswith(tuple(STAND_INS)):  # here it would stand for another
        return UNSAFE
    names = [file.name for file in package.files]
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
    if len(set(names)) < len(names) or folders & set(names):
        return UNSAFE
    if not fits_path(account, package.name) or not all(file.plain for file in package.files):
        return UNSAFE
    if any(name.count("/") >= DEEPEST or not fits_path(account, package.name, *name.split("/")) for name in names):
        return UNSAFE
    sizes = [file.size for file in package.files]
    return TOO_LARGE if max(sizes, default=0) > MAX_FILE_BYTES or sum(sizes) > MAX_UNPACKED_BYTES else None


def copy(account: LocalAccount, remote: RemoteFiles, package: RemotePackage) -> bool:
    """Copy a package's files and times aside, flushed; False when a file is not of the size that was listed.

    Raises NoRoom and NoNameHere, with nothing left aside, and OSError when the disk fails.
    """
    aside = account.fetching / package.name
    delete(aside)
    try:
        with _of_this_disk(account):
            account.fetching.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (aside if package.folder else aside.parent).mkdir(parents=True, exist_ok=True)
        for file in package.files:
            if not _copy_file(account, remote, file, aside / file.name if package.folder else aside):
                return False
        with _of_this_disk(account):
            _end(aside, package)
    except (NoRoom, NoNameHere):
        delete(aside)
        raise
    return True


def _copy_file(account: LocalAccount, remote: RemoteFiles, file: RemoteFile, target: Path) -> bool:
    size = 0
    with _of_this_disk(account):
        target.parent.mkdir(parents=True, exist_ok=True)
        opened = target.open("xb")
    with opened:
        for piece in remote.chunks(file):
            with _of_this_disk(account):
                size += opened.write(piece)
        with _of_this_disk(account):
            opened.flush()
            os.fsync(opened.fileno())
    reach("fetched", "during")
    if size != file.size:
        return False
    if file.changed is not None:
        os.utime(target, (file.changed, file.changed))
    return True


def _end(aside: Path, package: RemotePackage) -> None:
    """Flush the folders of a copy and give them the time of the package."""
    changed = package.last_change
    folders = [path for path in (*aside.rglob("*"), aside) if path.is_dir()]
    for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
        flush_folder(folder)
        if changed is not None:
            os.utime(folder, (changed, changed))


@contextmanager
def _of_this_disk(account: LocalAccount) -> Iterator[None]:
    """Raise an error of our own disk as such, not as one of the server.

    NoRoom and NoNameHere say what is wrong; of any other the message names the account's folder alone, since an office
    may have put anything into the names of its files.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise NoRoom from None
        if error.errno in _NO_NAME:
            raise NoNameHere from None
        raise OSError(error.errno, error.strerror, str(account.folder)) from None
