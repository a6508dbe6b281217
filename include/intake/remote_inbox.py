"""Fetch: what offices delivered to a server comes into the local inbox, where the door takes it as if delivered there.

Of each package, in this order: its files are copied aside (`inbox/.fetching/`) and flushed, looked at again on the
server, and judged by the door's own rule for what is still being written. A record of what was copied is written
(`inbox/.fetched/`), the copy is renamed into the account, and the package is removed from the server, as long as
it is still the one that was copied. A death anywhere is made good by the next look; what stays on the server because it
may not be removed is known by its record and never taken twice.

What is left there has a stand-in in the account, an empty file by which the door counts or refuses it.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath

from include.clocks import local_time
from include.files import flush_folder, write_aside
from include.home import Home
from include.intake.package import (
    MANIFEST,
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_UNPACKED_BYTES,
    STAND_INS,
    STILL_UPLOADED,
    TOO_LARGE,
    UNREADABLE,
    UNSAFE,
    is_package_name,
    is_safe_name,
    open_package,
)
from include.intake.submitters import UnknownSubmitter, kind_of
from include.intake.unfinished import is_still_written, is_young
from include.kill_points import reach
from include.locks import lock
from include.remote_files import INBOX, RemoteFiles, RemotePackage, last_change
from include.result import Result
from include.settings import Settings

_LONGEST_NAME = 200
"""Bytes: a name on disk may have 255, and ours are made from it."""

Left = str
"""Why a package was left on the server: one of STAND_INS."""


@dataclass(frozen=True)
class _Look:
    """What a look goes by."""

    at: datetime
    quiet: timedelta
    reserve: int
    """Bytes that stay free on the disk."""


@dataclass(frozen=True)
class _Account:
    """An office's account here, with what stands beside it."""

    name: str
    folder: Path
    fetching: Path
    fetched: Path

    def record(self, package: str) -> Path:
        """What was taken last under a name."""
        return self.fetched / f"{package}.json"


_COUNTED: dict[Left | None, str] = {None: "taken", STILL_UPLOADED: "still being written"}


def fetch(home: Home, settings: Settings, night: date, looked_at: datetime, remote: RemoteFiles) -> Result:
    """Take every whole package of the remote inbox into the local one, and make an account for each of its offices.

    `looked_at` is Asia/Shanghai without zone. Raises RemoteInboxTrouble when the server cannot be worked with: then
    nobody knows what lies there, and no office may be called missing for it. Raises OSError when the disk fails. Run
    again after either, or after a death, it goes on.
    """
    counts: Counter[str] = Counter(dict.fromkeys(("accounts", "taken", "still being written", "left there"), 0))
    quiet = timedelta(minutes=settings.upload_quiet_minutes)
    look = _Look(looked_at, quiet, settings.space_reserve_mb * 1_000_000)
    kept: set[str] = set()
    with _alone(home):
        for name in remote.accounts():
            if not _is_submitter(name):
                counts["strangers"] += 1
                continue
            account = _Account(name, home.inbox / name, home.fetching(name), home.fetched(name))
            account.folder.mkdir(parents=True, exist_ok=True)
            counts["accounts"] += 1
            _finish(account)
            for left in _look_into(account, remote, look, kept):
                counts[_COUNTED.get(left, "left there")] += 1
    notes = [f"{len(kept)} account(s) let nothing be removed ({', '.join(sorted(kept)[:5])}): give this user the right"]
    return Result("fetch", night, counts=dict(counts), notes=tuple(notes if kept else ()))


def _look_into(account: _Account, remote: RemoteFiles, look: _Look, kept: set[str]) -> Iterator[Left | None]:
    """What becomes of each new package of an account: None when it was taken, or why it was left on the server."""
    stand_ins: set[str] = set()
    try:
        there = remote.packages(account.name)
    except PermissionError:  # one office's account must not end everybody's night
        _stand_in(account, INBOX, UNREADABLE, None)
        yield UNREADABLE
        return
    for name in sorted(filter(is_package_name, there)):
        try:
            package = remote.package(account.name, name, there[name])
            known = _is_on_record(account, package)
            left = None if known else _take(account, remote, package, look)
            if left is None:
                _remove(account, remote, package, kept)
            if not known:
                yield left
        except (FileNotFoundError, BlockingIOError):  # the office takes it back or writes it under our hands
            yield (left := STILL_UPLOADED)
        except PermissionError as error:
            if error.filename and Path(str(error.filename)).is_relative_to(account.folder.parent):
                raise
            yield (left := UNREADABLE)
        if left:
            stand_ins.add(_stand_in(account, name, left, last_change(there[name])))
    _tidy(account, stand_ins, set(there))


def _tidy(account: _Account, stand_ins: set[str], there: set[str]) -> None:
    """Do away with stand-ins and records of what is on the server no more, and with what was not copied to its end."""
    _delete(account.fetching)
    for path in account.folder.iterdir():
        ours = path.suffix in STAND_INS and path.is_file() and not path.stat().st_size
        if ours and path.name not in stand_ins:
            path.unlink()
    for record in account.fetched.glob("*.json"):
        if record.stem not in there:
            record.unlink()
    if account.fetched.is_dir() and not any(account.fetched.iterdir()):
        account.fetched.rmdir()


def _take(account: _Account, remote: RemoteFiles, package: RemotePackage, look: _Look) -> Left | None:
    """Copy a package into the account; returns why it was left instead, or None."""
    if left := _refused_unread(package):
        return left
    changed = package.last_change
    young = is_young(local_time(changed) if changed is not None else None, look.at, look.quiet)
    if package.folder and young and not any(_is_manifest(file.name) for file in package.files):
        return STILL_UPLOADED
    if shutil.disk_usage(account.folder).free < sum(file.size for file in package.files) + look.reserve:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(account.folder))
    aside = account.fetching / package.name
    if not _copy(remote, package, aside):
        return STILL_UPLOADED
    now = remote.again(account.name, package.name)
    if now is None or now.version != package.version or is_still_written(open_package(aside), look.at, look.quiet):
        _delete(aside)
        return STILL_UPLOADED
    record = {"files": package.version}
    with write_aside(account.record(package.name)) as written:
        written.write_text(json.dumps(record), encoding="utf-8")
    _put(account, aside)
    return None


def _refused_unread(package: RemotePackage) -> Left | None:
    """Why nothing of a package is copied: what the door would refuse for its names or sizes alone."""
    if len(package.files) > MAX_FILES:
        return TOO_LARGE
    names = [file.name for file in package.files]
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
    if len(set(names)) < len(names) or folders & set(names):
        return UNSAFE
    if not _fits(package.name) or not all(file.plain and _fits(*file.name.split("/")) for file in package.files):
        return UNSAFE
    sizes = [file.size for file in package.files]
    return TOO_LARGE if max(sizes, default=0) > MAX_FILE_BYTES or sum(sizes) > MAX_UNPACKED_BYTES else None


def _copy(remote: RemoteFiles, package: RemotePackage, aside: Path) -> bool:
    """Copy a package's files and times aside, flushed; False when a file is not of the size that was listed."""
    _delete(aside)
    (aside if package.folder else aside.parent).mkdir(parents=True, exist_ok=True)
    for file in package.files:
        target = aside / file.name if package.folder else aside
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as copy:
            size = sum(copy.write(piece) for piece in remote.chunks(file))
            os.fsync(copy.fileno())
        reach("fetched", "during")
        if size != file.size:
            return False
        if file.changed is not None:
            os.utime(target, (file.changed, file.changed))
    changed = package.last_change
    folders = [path for path in (*aside.rglob("*"), aside) if path.is_dir()]
    for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
        flush_folder(folder)
        if changed is not None:
            os.utime(folder, (changed, changed))
    return True


def _put(account: _Account, aside: Path) -> None:
    """Rename a whole copy into the account; beside one of the same name that is another, not over it."""
    target = account.folder / aside.name
    again = 1
    while target.exists() or target.is_symlink():
        if open_package(target).sha256 == open_package(aside).sha256:
            _delete(aside)
            return
        again += 1
        target = account.folder / f"{Path(aside.name).stem}~{again}{Path(aside.name).suffix}"
    reach("fetched", "before")
    aside.rename(target)
    flush_folder(account.folder)
    reach("fetched", "after")


def _finish(account: _Account) -> None:
    """Put in place what a death left whole beside its record, and do away with what it left half copied."""
    for record in sorted(account.fetched.glob("*.json")):
        if (aside := account.fetching / record.stem).exists():
            _put(account, aside)
    _delete(account.fetching)


def _is_on_record(account: _Account, package: RemotePackage) -> bool:
    """Whether all that lies on the server under this name is of the package that was taken last under it."""
    path = account.record(package.name)
    if not _fits(package.name) or not path.exists():
        return False
    taken = json.loads(path.read_text(encoding="utf-8"))["files"]
    return all(version in taken for version in package.version)


def _remove(account: _Account, remote: RemoteFiles, package: RemotePackage, kept: set[str]) -> None:
    """Remove from the server what was taken, then its record; not what was written anew meanwhile."""
    now = remote.again(account.name, package.name)
    if now is not None and not _is_on_record(account, now):
        return
    reach("fetched-original", "before")
    try:
        if now is not None:
            remote.remove(now)
    except PermissionError:
        kept.add(account.name)
        return
    except (FileNotFoundError, BlockingIOError):
        return  # the next look sees what is left
    reach("fetched-original", "after")
    account.record(package.name).unlink(missing_ok=True)


def _stand_in(account: _Account, name: str, left: Left, changed: float | None) -> str:
    """Make the empty file that stands for a package left on the server; returns its name."""
    shown = name if _fits(name) else "unsafe-name"
    path = account.folder / f"{shown}{left}"
    path.touch()
    if changed is not None:
        os.utime(path, (changed, changed))
    return path.name


def _fits(*parts: str) -> bool:
    """Whether names, each of a file or folder, can be written here, and lead nowhere else."""
    return all(
        is_safe_name(part) and not set("/\\") & set(part) and len(os.fsencode(part)) <= _LONGEST_NAME for part in parts
    )


def _is_manifest(name: str) -> bool:
    return name.lower().rsplit("/", 1)[-1] == MANIFEST


def _is_submitter(name: str) -> bool:
    try:
        return bool(kind_of(name))
    except UnknownSubmitter:
        return False


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """One look at a time: that of the evening waits for that of the quarter of an hour."""
    home.root.mkdir(parents=True, exist_ok=True)
    with home.fetch_lock.open("a", encoding="utf-8") as file:
        lock(file)
        yield


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
