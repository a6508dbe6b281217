"""Backup: copies what cannot be built again, while a night may be running.

Copied are inbox, alert memory, board, lineage, outbox, published, lake, landing, the register of deletions and keys.
Warehouse, tmp, gx and the lake's empty layouts and lists are built again by the next night; the escrow identity belongs
to its keeper, never in here.

A backup holds a state that a killed night could have left, and such a state the next run mends. A killed night has
done its writes up to some moment and none after it. So everything is copied against the order in which a night writes:
whatever a copied file stands on was there before it, and is copied after it. Alerts before letters before published
files before gate results before judge's, check's and receive's files, the later night before the earlier, the landing
behind them, and the keys, which every night makes first, last. Within one step the order does not matter, because a
step that is run again reads nothing of its own and writes all of it; the ledger alone closes a batch, so it is copied
before what receive wrote ahead of it.

The inbox goes the other way and is copied before anything else: receive deletes a package only after the ledger has
it, so a package that is no longer found there is in the ledger that is copied later. A package that is in both is what
a death between ledger and deletion leaves, and the next run of that night deletes it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from include.home import LAKE_KINDS, Home
from include.intake.package import find_packages
from include.key_state import FINISH, in_use
from include.keys import hmac_key_file, recipient_file
from include.upkeep.manifest import BackupError, Entry, copy_file, write_manifest
from include.warehouse.publish import SWAPPED
from include.warehouse.versions import link

PARTIAL = ".partial"
"""Ending of a backup that is not finished."""
TRIES = 3
"""How often a thing that changes under our hands is looked at again."""

#: The quality file is published after the marts, whose links are swapped in this order.
LINKS_LAST_FIRST = ("quality", *reversed(SWAPPED))
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Backup:
    """A finished backup."""

    folder: Path
    files: int
    size: int
    """Bytes of all files."""
    holds_secrets: bool
    """Whether the person key's secrets are in it: not where the settings bring them."""
    left_out: tuple[str, ...]
    """Inbox packages, by path, that hold links, could not be read or were still being written."""


def newest_night(paths: Iterator[str]) -> str | None:
    """The newest night, YYYY-MM-DD, of the ledger's files among these paths below a home; None when there is none."""
    found = (re.fullmatch(r"lake/attempts/night=(\d{4}-\d{2}-\d{2})/[^/]+", path) for path in paths)
    return max((match[1] for match in found if match), default=None)


def ledger_paths(home: Home) -> Iterator[str]:
    """The ledger's files, as paths below the home."""
    return (path.relative_to(home.root).as_posix() for path in home.lake.glob("attempts/night=*/*.parquet"))


def back_up(home: Home, to: Path, label: str | None = None) -> Backup:
    """Copy a home to `to`/<label>, by default the newest night of the ledger; the folder appears when it is whole.

    A second backup with that night the newest, as after a missed one, is <night>-2: the inbox has moved on.
    Raises BackupError when the label is unfit or taken, when there is nothing to copy, or when published files change
    faster than they can be copied; OSError when a disk fails or is full.
    """
    label = label or _free_label(to, newest_night(ledger_paths(home)))
    if label is None:
        raise BackupError(f"{home.root} holds no night yet: check TARGETED_HOME, or give the backup a --label")
    if not _LABEL.fullmatch(label) or label.endswith(PARTIAL):
        raise BackupError(f"{label!r} is no label: use letters, digits, dots, dashes and underscores")
    done, partial = to / label, to / f"{label}{PARTIAL}"
    if done.exists():
        raise BackupError(f"{done} is there already: give another --label")
    to.mkdir(parents=True, exist_ok=True)
    try:
        partial.mkdir(mode=0o700)  # it holds the person key and the rows it protects
    except FileExistsError as error:
        raise BackupError(f"{partial} is there: a backup is running, or one died; then remove it") from error
    copier = _Copier(home.root, partial)
    try:
        with in_use(home):
            if home.rekeying.exists():
                raise BackupError(f"{home.lake} is half re-keyed: {FINISH}. Then run the backup again")
            _copy_in_order(home, copier)
        os.sync()  # once for all, before the manifest says that they are there
        write_manifest(partial, label, list(copier.entries.values()))
        partial.rename(done)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    files = [entry for entry in copier.entries.values() if entry.kind == "file"]
    secrets = copier.name(hmac_key_file(home)) in copier.entries
    return Backup(done, len(files), sum(entry.size for entry in files), secrets, tuple(copier.left_out))


def _free_label(to: Path, night: str | None) -> str | None:
    """The night itself, or with the first number from 2 on that no finished backup has."""
    if night is None:
        return None
    numbered = (f"{night}-{number}" for number in count(2))
    return next(label for label in chain([night], numbered) if not (to / label).exists())


def _copy_in_order(home: Home, copier: _Copier) -> None:
    for account in _entries(home.inbox):
        copier.account(account)
    # A night that begins from here on is left out whole: its inbox packages are copied already.
    nights = sorted({path.name for path in home.lake.glob("**/night=*")}, reverse=True)
    copier.file(home.alerts)
    for room in (home.board, home.lineage, home.outbox):
        copier.tree(room)
    _copy_published(home, copier)
    if strange := [path.name for path in _entries(home.lake) if path.is_dir() and path.name not in LAKE_KINDS]:
        raise BackupError(f"{home.lake} holds {', '.join(strange)}: say in LAKE_STEPS when a night writes it")
    for night in nights:
        for kind in reversed(LAKE_KINDS):
            for partition in sorted((home.lake / kind).glob(f"**/{night}")):
                copier.tree(partition)
    copier.file(home.person_key_stamp)  # a night writes it before any row, a rotation not while this runs
    copier.tree(home.landing)
    copier.file(home.deletions)  # written before anything is deleted by it, and read by receive
    for key in (recipient_file(home), hmac_key_file(home)):
        copier.file(key)


def _copy_published(home: Home, copier: _Copier) -> None:
    """The links as they stand, then what they point to; again when retention took a file away in between.

    Retention leaves what a link points to: a folder is whole that is pointed to before and after it was copied.
    """
    for _ in range(TRIES):
        links = [link(home, kind) for kind in LINKS_LAST_FIRST]
        targets = {pointer: copier.link(pointer) for pointer in links if pointer.is_symlink()}
        copier.tree(home.published)
        copied = {pointer: copier.to / home.published.name / target for pointer, target in targets.items()}
        if all(
            path.is_file() or (path.is_dir() and str(pointer.readlink()) == targets[pointer])
            for pointer, path in copied.items()
        ):
            return
    raise BackupError(f"{home.published} changed {TRIES} times while it was copied: run the backup again")


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder; hidden names are locks and files that are still being written."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []


class _Copier:
    """Copies from a home to the folder of a backup, and keeps what it has copied by path."""

    def __init__(self, root: Path, to: Path) -> None:
        self.root, self.to = root, to
        self.entries: dict[str, Entry] = {}
        self.left_out: list[str] = []

    def tree(self, folder: Path) -> None:
        """Copy a folder without its hidden files and without its links."""
        if not folder.is_dir():
            return
        self.folder(folder)
        for path in _entries(folder):
            if path.is_symlink():
                continue
            if path.is_dir():
                self.tree(path)
            else:
                self.file(path)

    def file(self, source: Path) -> None:
        """Copy a file; one that is not there, or no longer, is no part of the state."""
        self.folder(source.parent)
        name = self.name(source)
        try:
            mode, size, sha256 = copy_file(source, self.to / name)
        except FileNotFoundError:
            return
        self.entries[name] = Entry(name, "file", mode, size, sha256)

    def link(self, source: Path) -> str:
        """Note where a link points; returns its target. The manifest alone holds it: not every store can keep links."""
        self.folder(source.parent)
        name, target = self.name(source), str(source.readlink())
        self.entries[name] = Entry(name, "link", target=target)
        return target

    def folder(self, source: Path) -> None:
        """Make a folder with those above it, each for its owner alone; the manifest has the mode it is restored to."""
        for path in (source, *source.parents):
            if path == self.root:
                return
            name = self.name(path)
            if name not in self.entries and path.is_dir():
                (self.to / name).mkdir(mode=0o700, parents=True, exist_ok=True)
                self.entries[name] = Entry(name, "folder", path.stat().st_mode & 0o777)

    def account(self, account: Path) -> None:
        """Copy an inbox account, also an empty one: it says that its office exists. Links are left where they are."""
        if account.is_symlink() or not account.is_dir():
            return
        self.folder(account)
        for package in find_packages(account):
            self._package(package)

    def _package(self, package: Path) -> None:
        """Copy a package whole, or not at all when receive took it meanwhile: the ledger has it then."""
        for _ in range(TRIES):
            kept = dict(self.entries)
            try:
                before = _signature(package)
                for path in before:
                    if path.is_dir():
                        self.folder(path)
                    else:
                        self.file(path)
                if before and _signature(package) == before:
                    return
            except FileNotFoundError:
                pass  # it changed; look again
            except PermissionError:
                self._drop(kept)
                break
            self._drop(kept)
            if not package.exists():
                return
        self.left_out.append(self.name(package))

    def _drop(self, kept: dict[str, Entry]) -> None:
        for name in sorted(self.entries.keys() - kept.keys(), reverse=True):
            path = self.to / name
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
        self.entries = kept

    def name(self, path: Path) -> str:
        """A path below the home, as the manifest has it."""
        return path.relative_to(self.root).as_posix()


def _signature(package: Path) -> dict[Path, tuple[int, int, int]]:
    """The files and folders of a package with what tells that one was changed; empty when there is a link in it."""
    found = [package, *sorted(package.rglob("*"))] if package.is_dir() else [package]
    if any(path.is_symlink() for path in found):
        return {}
    stats = {path: path.lstat() for path in found}
    return {path: (at.st_ino, at.st_size, at.st_mtime_ns) for path, at in stats.items()}
