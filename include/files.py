"""Write aside, then rename: a file is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from pathlib import Path

import duckdb

from include.kill_points import reach_written

NO_SPACE = ("No space left on device", "Disk quota exceeded", "File too large")
"""What the system says when something could not be written for want of space, in whoever's message it stands."""


@contextmanager
def write_aside(path: Path) -> Iterator[Path]:
    """Give a sibling path to write to; on success flush it to disk and rename it to `path`, on error remove it.

    A path has one writer. What an earlier one left aside when it was killed is removed first; should that writer still
    live, its rename fails and the newer one's stands.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{escape(path.name)}.*.part"):
        left.unlink(missing_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield aside
        with aside.open("rb+") as written:  # Windows flushes no file that is open for reading alone
            os.fsync(written.fileno())
        reach_written(path, "before")
        Path(aside).replace(path)
        flush_folder(path.parent)
        reach_written(path, "after")
    finally:
        aside.unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """Flush a folder's names to disk: a rename may be lost with the power until then, though the file is not."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows opens no folder and keeps names by itself
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_parquet(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    path: Path,
    parameters: Mapping[str, object] | None = None,
    compression: str = "zstd",
) -> int:
    """Write the rows of a query to `path` as Parquet in one step; returns the number of rows.

    The query must order its rows: the same rows then give the same bytes. `parameters` are bound to it.
    """
    with write_aside(path) as aside:
        target = str(aside).replace("'", "''")
        copy = f"copy ({query}) to '{target}' (format parquet, compression {compression})"
        done = connection.execute(copy, dict(parameters or {})).fetchone()
    return int(done[0]) if done else 0


def point_symlink(link: Path, target_name: str) -> None:
    """Let `link` point to a file of its own folder, in one rename; readers see the old file or the new one."""
    aside = link.with_name(f".{link.name}.{os.getpid()}.link")
    for left in link.parent.glob(f".{escape(link.name)}.*.link"):  # of a process that was killed
        left.unlink(missing_ok=True)
    Path(aside).symlink_to(target_name)
    reach_written(link, "before")
    Path(aside).replace(link)
    flush_folder(link.parent)
    reach_written(link, "after")
