"""Free space: what a step is about to write is estimated before it begins, and too small a disk stops it.

An estimate is made of what lies on the disk already: the inbox before receive, warehouse and lake before the build,
the published files before publish. The factors are settings (TARGETED_SPACE_...). A disk that fills up all the same
breaks nothing, because every step writes aside and renames.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from include.files import NO_SPACE
from include.home import Home
from include.settings import Settings
from include.warehouse.versions import KINDS, OPEN_FOLDER, link

RUNBOOK = "docs/runbooks/disk-full.md"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""No space, no more quota, and a file larger than may be."""
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Need:
    """What a step will write, in bytes, where, and what the figure was made of."""

    step: str
    folder: Path
    needed: int
    basis: str


class NotEnoughSpace(OSError):
    """A step was not begun because the disk is too small for what it would write; nothing was changed."""

    def __init__(self, need: Need, free: int) -> None:
        self.need, self.free = need, free
        super().__init__(
            errno.ENOSPC,
            f"{need.step} was not begun: {need.folder} has {_megabytes(free)} free and the step is expected to need "
            f"{_megabytes(need.needed)} ({need.basis}). Nothing was changed. Free or add "
            f"{_megabytes(need.needed - free)}, then run the step again: {RUNBOOK}",
        )

    def __str__(self) -> str:
        return str(self.strerror)


def need_of_receive(home: Home, settings: Settings) -> Need:
    """Archive, rows as text, accepted rows and findings of all that lies in the inbox.

    Of the whole inbox and not of one batch: batches are received side by side, and each must leave the others' room.
    """
    size = _size(home.inbox.rglob("*"))
    basis = f"inbox {_megabytes(size)} x {settings.space_per_inbox_byte:g}"
    return _need("receive", home.lake, size * settings.space_per_inbox_byte, basis, settings)


def need_of_build(home: Home, settings: Settings) -> Need:
    """Every table written anew beside the one it replaces; of a first build, what the lake becomes."""
    warehouse = _size([home.warehouse]) * settings.space_per_warehouse_byte
    lake = _size(home.lake.rglob("*.parquet")) * settings.space_per_lake_byte
    basis = (
        f"warehouse {_megabytes(_size([home.warehouse]))} x {settings.space_per_warehouse_byte:g}"
        if warehouse >= lake
        else f"lake {_megabytes(_size(home.lake.rglob('*.parquet')))} x {settings.space_per_lake_byte:g}"
    )
    return _need("build", home.warehouse.parent, max(warehouse, lake), basis, settings)


def need_of_publish(home: Home, settings: Settings) -> Need:
    """The next version of all that is published beside those that are kept; of a first publication, the warehouse."""
    published = _size((*(link(home, kind) for kind in KINDS), *link(home, OPEN_FOLDER).glob("*")))
    size, of = (published, "published files") if published else (_size([home.warehouse]), "warehouse")
    basis = f"{of} {_megabytes(size)} x {settings.space_per_published_byte:g}"
    return _need("publish", home.published, size * settings.space_per_published_byte, basis, settings)


def ensure_space(need: Need) -> None:
    """Raises NotEnoughSpace when the disk of the step's folder has less free than the step needs."""
    free = shutil.disk_usage(_nearest(need.folder)).free
    if free < need.needed:
        raise NotEnoughSpace(need, free)


def told_of(error: BaseException) -> str:
    """What an alert may say of an error for want of space, in figures and paths alone; empty for any other error."""
    if isinstance(error, NotEnoughSpace):
        return str(error)
    if (isinstance(error, OSError) and error.errno in FULL) or any(text in str(error) for text in NO_SPACE):
        return f"the disk filled up while the step was writing; what it left half done does not count: {RUNBOOK}"
    return ""


def _need(step: str, folder: Path, size: float, basis: str, settings: Settings) -> Need:
    reserve = settings.space_reserve_mb
    return Need(step, folder, int(size) + reserve * _MEGABYTE, f"{basis} + {reserve} MB in reserve")


def _size(paths: Iterable[Path]) -> int:
    """Bytes of the files among the paths; one that goes away meanwhile counts for nothing."""
    total = 0
    for path in paths:
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total


def _nearest(folder: Path) -> Path:
    """The folder itself, or the first one above it that is there."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _megabytes(size: float) -> str:
    return f"{size / _MEGABYTE:,.1f} MB"
