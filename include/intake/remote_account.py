"""An office's account here, into which its packages are fetched from a server: copies aside, records, stand-ins.

A copy lies in `inbox/.fetching/<submitter>/` until it is whole and its record (`inbox/.fetched/<submitter>/`) is
written; then it is renamed into `inbox/<submitter>/`. A stand-in is an empty file by which the door counts or refuses
what was left on the server.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from include.files import flush_folder, write_aside
from include.home import Home
from include.intake.package import STAND_INS, STILL_UPLOADED, is_safe_name, open_package, size_on_disk
from include.intake.submitters import UnknownSubmitter, kind_of
from include.kill_points import reach
from include.remote.package import RemotePackage

_LONGEST_NAME = 200
"""Bytes: a name on disk may have 255, and ours are made from it."""
_LONGEST_PATH = 1000
"""Bytes: the shortest limit of a system that runs nights is macOS's 1024, and a second one of a name gets a number."""

Left = str
"""Why a package was left on the server: one of STAND_INS."""


@dataclass
class LocalAccount:
    """An office's account here, with what stands beside it."""

    name: str
    folder: Path
    fetching: Path
    fetched: Path
    waiting_bytes: int = 0
    """Of all packages that wait here for the night."""

    def record(self, package: str) -> Path:
        """What was taken last under a name."""
        return self.fetched / f"{package}.json"


def account_of(home: Home, name: str) -> LocalAccount:
    """The account of a submitter, made where there is none yet."""
    account = LocalAccount(name, home.inbox / name, home.fetching(name), home.fetched(name))
    account.folder.mkdir(parents=True, exist_ok=True)
    account.waiting_bytes = size_on_disk(account.folder)
    return account


def is_submitter(name: str) -> bool:
    """Whether a folder on the server is an office's."""
    try:
        return bool(kind_of(name))
    except UnknownSubmitter:
        return False


def close_root(home: Home) -> None:
    """Make the state folder, closed to other accounts where nothing has been kept in it yet.

    Packages come before the first keys, with which include.keys closes it; who opened it later had reasons.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    if not home.keys.exists():
        with suppress(PermissionError):  # a disk of another owner: `targeted doctor` tells whether it is open
            home.root.chmod(stat.S_IMODE(home.root.stat().st_mode) & ~0o007)


def finish_copies(home: Home) -> None:
    """Put in place what a death left whole beside its record, and do away with what it left half copied.

    Of every account, also of one that is on the server no more: else its rows would lie here in the clear for ever.
    """
    copies = home.fetching("")
    if not copies.is_dir():
        return
    copies.chmod(0o700)
    for folder in sorted(copies.iterdir()):
        if is_submitter(folder.name) and folder.is_dir() and not folder.is_symlink():
            account = account_of(home, folder.name)
            for record in sorted(account.fetched.glob("*.json")):
                if _is_whole(account.fetching / record.stem, record):
                    put(account, account.fetching / record.stem)
        delete(folder)


def _is_whole(copy: Path, record: Path) -> bool:
    """Whether a copy holds the files of its record, each with all its bytes."""
    if not copy.exists() or copy.is_symlink():
        return False
    taken = {version[0]: version[1] for version in json.loads(record.read_text(encoding="utf-8"))["files"]}
    inside = [path for path in copy.rglob("*") if path.is_file()] if copy.is_dir() else []
    sizes = {path.relative_to(copy).as_posix(): path.stat().st_size for path in inside}
    return (sizes if copy.is_dir() else {copy.name: copy.stat().st_size}) == taken


def put(account: LocalAccount, aside: Path) -> None:
    """Rename a whole copy into the account; beside one of the same name that is another, not over it."""
    target = account.folder / aside.name
    again = 1
    while target.exists() or target.is_symlink():
        if open_package(target).sha256 == open_package(aside).sha256:
            delete(aside)
            return
        again += 1
        target = account.folder / f"{Path(aside.name).stem}~{again}{Path(aside.name).suffix}"
    reach("fetched", "before")
    aside.rename(target)
    flush_folder(account.folder)
    account.waiting_bytes += size_on_disk(target)
    reach("fetched", "after")


def write_record(account: LocalAccount, package: RemotePackage) -> None:
    """Write down which files were taken under a package's name."""
    with write_aside(account.record(package.name)) as written:
        written.write_text(json.dumps({"files": package.version}), encoding="utf-8")


def is_on_record(account: LocalAccount, package: RemotePackage) -> bool:
    """Whether all that lies on the server under this name is of the package that was taken last under it."""
    path = account.record(package.name)
    if not fits(package.name) or not path.exists():
        return False
    taken = json.loads(path.read_text(encoding="utf-8"))["files"]
    return all(version in taken for version in package.version)


def in_turn(account: LocalAccount, names: Iterable[str]) -> list[str]:
    """Names of packages on the server: new ones first, then what was still being written, is on record, was refused.

    A look takes no more than the first of them, and what was refused once must not keep others waiting.
    """
    here = {path.name for path in account.folder.iterdir()}
    taken = {path.stem for path in account.fetched.glob("*.json")}

    def turn(name: str) -> tuple[int, str]:
        waits = any(f"{_shown(name)}{left}" in here for left in STAND_INS)
        if not waits:
            return (2 if name in taken else 0), name
        return (1 if f"{_shown(name)}{STILL_UPLOADED}" in here else 3), name

    return sorted(names, key=turn)


def stand_in(account: LocalAccount, name: str, left: Left, changed: float | None) -> str:
    """Make the empty file that stands for a package left on the server; returns its name."""
    path = account.folder / f"{_shown(name)}{left}"
    if path.is_symlink():  # whoever may write into the account might lead us to a file elsewhere
        path.unlink()
    if not path.is_dir():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666))
        if changed is not None:
            os.utime(path, (changed, changed))
    return path.name


def tidy(account: LocalAccount, stand_ins: set[str], there: set[str], not_seen: Iterable[str]) -> None:
    """Do away with stand-ins and records of what is on the server no more, and with what was not copied to its end.

    `stand_ins` are those of this look; of the packages in `not_seen` the earlier ones stay.
    """
    delete(account.fetching)
    keep = stand_ins | {f"{_shown(name)}{left}" for name in not_seen for left in STAND_INS}
    for path in account.folder.iterdir():
        ours = path.suffix in STAND_INS and path.is_file() and not path.stat().st_size
        if ours and path.name not in keep:
            path.unlink()
    for record in account.fetched.glob("*.json"):
        if record.stem not in there:
            record.unlink()
    if account.fetched.is_dir() and not any(account.fetched.iterdir()):
        account.fetched.rmdir()


def fits(*parts: str) -> bool:
    """Whether names, each of a file or folder, can be written here, and lead nowhere else."""
    return all(
        is_safe_name(part) and not set("/\\") & set(part) and len(os.fsencode(part)) <= _LONGEST_NAME for part in parts
    )


def fits_path(account: LocalAccount, *parts: str) -> bool:
    """Whether a file by these names can be written into the account's folders, its whole path being short enough."""
    return fits(*parts) and len(os.fsencode(account.fetching.joinpath(*parts))) <= _LONGEST_PATH


def delete(path: Path) -> None:
    """Delete a folder with all in it, or a file, or a link but not what it leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _shown(name: str) -> str:
    return name if fits(name) else "unsafe-name"
