"""The landing: the bytes of every attempt, encrypted to a key that the night cannot read with."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pyrage
from pyrage import x25519

from include.files import write_aside
from include.home import Home
from include.intake.ledger import Received
from include.intake.package import find_packages, open_package
from include.intake.shown import shown
from include.intake.submitters import Account
from include.kill_points import reach

_DONE = ".received"


def archive(home: Home, night: date, attempt_id: str, data: bytes, recipient: x25519.Recipient) -> None:
    """Write the package's zip, encrypted anew each time: the file's bytes differ then, what is in them does not."""
    with write_aside(home.landing_file(night, attempt_id)) as aside:
        aside.write_bytes(pyrage.encrypt(data, [recipient]))


def open_archived(path: Path, identity: x25519.Identity) -> bytes:
    """The bytes of an attempt as they were archived; only a replay from the landing has the identity to do this.

    Raises pyrage.DecryptError for another identity or a damaged file.
    """
    return bytes(pyrage.decrypt(path.read_bytes(), [identity]))


def remove_received(home: Home, night: date, known: list[Account], ledger: list[Received]) -> int:
    """Delete the inbox copies of packages that are in the night's ledger; returns how many. The accounts stay.

    A package is deleted only when its content is the one in the ledger and its archive is there. It is renamed first,
    so that a death halfway leaves no half package that looks like a new one.
    """
    taken = {(r.submitter, r.package, r.sha256): r.attempt_id for r in ledger if r.taken}
    removed = 0
    for account in known:
        for left in account.folder.glob(f".*{_DONE}"):
            _remove(left)
        if not any(submitter == account.submitter for submitter, _, _ in taken):
            continue
        for path in find_packages(account.folder):
            package = open_package(path)
            attempt_id = taken.get((account.submitter, shown(package.name), package.sha256))
            if attempt_id is None or not home.landing_file(night, attempt_id).exists():
                continue
            done = path.with_name(f".{path.name}{_DONE}")
            _remove(done)
            path.rename(done)
            reach("inbox-package", "before")
            _remove(done)
            reach("inbox-package", "after")
            removed += 1
    return removed


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
