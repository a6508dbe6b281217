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
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from include.clocks import local_time
from include.home import Home
from include.intake.package import (
    MANIFEST,
    MAX_UNPACKED_BYTES,
    STILL_UPLOADED,
    UNREADABLE,
    UNSAFE,
    is_package_name,
    open_package,
)
from include.intake.remote_account import (
    Left,
    LocalAccount,
    account_of,
    close_root,
    delete,
    finish_copies,
    in_turn,
    is_on_record,
    is_submitter,
    put,
    stand_in,
    tidy,
    write_record,
)
from include.intake.remote_copy import NoNameHere, NoRoom, copy, refused_unread
from include.intake.unfinished import is_still_written, is_young
from include.kill_points import reach
from include.locks import locked
from include.remote.files import INBOX, LeadsElsewhere, RemoteFiles, RemoteInboxTrouble, RemoteInboxUnreachable
from include.remote.package import RemotePackage, last_change
from include.result import Result
from include.settings import Settings

_MOST_PACKAGES = 50
"""Of one account at one look: more would keep all others waiting, and the next look is near."""
_MOST_IN_TROUBLE = 5
"""Accounts with which a server that answers cannot be worked with: with more of them the trouble is the server's."""
_LATER = "for the next look"
_COUNTED: dict[Left | None, str] = {None: "taken", STILL_UPLOADED: "still being written"}


@dataclass
class _Look:
    """What a look goes by, and what it has met."""

    at: datetime
    quiet: timedelta
    reserve: int
    """Bytes that stay free on the disk."""
    kept: set[str] = field(default_factory=set)
    """Accounts that let nothing be removed."""
    in_trouble: set[str] = field(default_factory=set)
    """Accounts that hold something with which the server cannot be worked with."""
    silent: set[str] = field(default_factory=set)
    """Those of them about which no answer came in time."""
    full: bool = False
    """Whether the disk was too small for something."""

    def notes(self) -> Iterator[str]:
        """What whoever runs the centre should know."""
        if self.kept:
            yield f"{_some(self.kept)} let nothing be removed: give this user the right"
        if self.in_trouble:
            yield f"{_some(self.in_trouble)}: the server could not be worked with there, and was elsewhere"


def finish(home: Home) -> None:
    """Put in place or do away with what a death left half way, also when there is no server to ask any more."""
    if home.fetching("").exists():
        with locked(home.fetch_lock):
            finish_copies(home)


def fetch(home: Home, settings: Settings, night: date, looked_at: datetime, remote: RemoteFiles) -> Result:
    """Take every whole package of the remote inbox into the local one, and make an account for each of its offices.

    `looked_at` is Asia/Shanghai without zone. Raises RemoteInboxTrouble when the server cannot be worked with: then
    nobody knows what lies there, and no office may be called missing for it. What is wrong in one account ends nobody
    else's night. Raises OSError when the disk fails, and at the end when it was too small for something. Run again
    after any of these, or after a death, it goes on.
    """
    counts: Counter[str] = Counter(dict.fromkeys(("accounts", "taken", "still being written", "left there"), 0))
    quiet = timedelta(minutes=settings.upload_quiet_minutes)
    look = _Look(looked_at, quiet, settings.space_reserve_mb * 1_000_000)
    close_root(home)
    finish(home)
    with locked(home.fetch_lock):  # one look at a time: that of the evening waits for that of the quarter of an hour
        for name in remote.accounts():
            if not is_submitter(name):
                counts["strangers"] += 1
                continue
            counts["accounts"] += 1
            counts.update(_look_into(account_of(home, name), remote, look))
    if look.full:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(home.inbox))
    return Result("fetch", night, counts=dict(counts), notes=tuple(look.notes()))


def _look_into(account: LocalAccount, remote: RemoteFiles, look: _Look) -> Iterator[str]:
    """What becomes of each new package of an account, as it is counted."""
    try:
        there = remote.packages(account.name)
    except (PermissionError, RemoteInboxUnreachable) as error:
        if isinstance(error, RemoteInboxUnreachable):
            _must_be_of(account, error, remote, look)
        left = UNSAFE if isinstance(error, LeadsElsewhere) else UNREADABLE
        stand_in(account, INBOX, left, None)
        yield _counted(left)
        return
    names = in_turn(account, filter(is_package_name, there))
    stand_ins: set[str] = set()
    seen = 0
    for name in names[:_MOST_PACKAGES]:
        if account.name in look.silent:
            break
        seen += 1
        for why, counted in _look_at(account, name, there[name], remote, look):
            yield counted
            if why:
                stand_ins.add(stand_in(account, name, why, last_change(there[name])))
    yield from [_LATER] * len(names[seen:])
    tidy(account, stand_ins, set(there), names[seen:])


def _look_at(
    account: LocalAccount, name: str, entry: dict[str, Any], remote: RemoteFiles, look: _Look
) -> Iterator[tuple[Left | None, str]]:
    """Take a package; tells why it was left on the server (None when it was not) and how it counts, of a new one."""
    left: Left | None = None
    known = True
    package = None
    try:
        package = remote.package(account.name, name, entry)
        if package is None:
            return
        if not (known := is_on_record(account, package)):
            left = _take(account, remote, package, look)
    except NoRoom:
        yield STILL_UPLOADED, _LATER
        return
    except NoNameHere:
        left = UNSAFE
    except (FileNotFoundError, BlockingIOError):  # the office takes it back or writes it under our hands
        left = STILL_UPLOADED
    except PermissionError as error:
        if error.filename and Path(str(error.filename)).is_relative_to(account.folder.parent):
            raise
        left = UNREADABLE
    except RemoteInboxUnreachable as error:
        _must_be_of(account, error, remote, look)
        left = UNREADABLE
    if left or not known:
        yield left, _counted(left)
    if package and not left:
        _remove(account, remote, package, look)


def _must_be_of(account: LocalAccount, error: RemoteInboxUnreachable, remote: RemoteFiles, look: _Look) -> None:
    """Raise the error unless it is of this one account: the server answers, and few others are in trouble."""
    look.in_trouble.add(account.name)
    if error.timed_out:
        look.silent.add(account.name)
    if len(look.in_trouble) > _MOST_IN_TROUBLE:
        raise error
    try:
        remote.accounts()
    except RemoteInboxTrouble:
        raise error from None


def _take(account: LocalAccount, remote: RemoteFiles, package: RemotePackage, look: _Look) -> Left | None:
    """Copy a package into the account; returns why it was left instead, or None. Raises as `copy` does."""
    if left := refused_unread(account, package):
        return left
    changed = package.last_change
    young = is_young(local_time(changed) if changed is not None else None, look.at, look.quiet)
    if package.folder and young and not any(_is_manifest(file.name) for file in package.files):
        return STILL_UPLOADED
    if account.waiting_bytes + package.size > MAX_UNPACKED_BYTES:  # a file of holes is large here alone
        raise NoRoom
    try:
        if shutil.disk_usage(account.folder).free < package.size + look.reserve:
            raise NoRoom
        # An earlier one of this name would make half a copy look whole, should we die over it.
        account.record(package.name).unlink(missing_ok=True)
        whole = copy(account, remote, package)
    except NoRoom:
        look.full = True
        raise
    aside = account.fetching / package.name
    now = remote.again(account.name, package.name) if whole else None
    if now is None or now.version != package.version or is_still_written(open_package(aside), look.at, look.quiet):
        delete(aside)
        return STILL_UPLOADED
    write_record(account, package)
    put(account, aside)
    return None


def _remove(account: LocalAccount, remote: RemoteFiles, package: RemotePackage, look: _Look) -> None:
    """Remove from the server what was taken, then its record; not what was written anew meanwhile."""
    try:
        now = remote.again(account.name, package.name)
        if now is not None and not is_on_record(account, now):
            return
        reach("fetched-original", "before")
        if now is not None:
            remote.remove(now)
    except PermissionError:
        look.kept.add(account.name)
        return
    except (FileNotFoundError, BlockingIOError):
        return  # the next look sees what is left
    except RemoteInboxUnreachable as error:
        _must_be_of(account, error, remote, look)
        return
    reach("fetched-original", "after")
    account.record(package.name).unlink(missing_ok=True)


def _counted(left: Left | None) -> str:
    return _COUNTED.get(left, "left there")


def _some(accounts: set[str]) -> str:
    return f"{len(accounts)} account(s) ({', '.join(sorted(accounts)[:5])})"


def _is_manifest(name: str) -> bool:
    return name.lower().rsplit("/", 1)[-1] == MANIFEST
