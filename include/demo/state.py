"""The folder of a demonstration: begun afresh each time, and nothing that a demonstration did not make is touched."""

from __future__ import annotations

import shutil
from pathlib import Path

MARKER = "DEMO"
"""File that says a home holds nothing but a demonstration."""
PREVIOUS = "previous"
"""Folder inside the home where the demonstration before this one is kept."""
_WORD = "SYNTHETIC 模拟数据\nThis folder was made by `make run`. Running it again moves all of it to previous/.\n"


class NotADemo(Exception):
    """The home holds state that no demonstration made; the message says what to do."""


def begin_afresh(home: Path) -> Path | None:
    """Make an empty home marked as a demonstration; returns where an earlier demonstration was moved, if there was one.

    One earlier demonstration is kept, inside the home. Raises NotADemo, and changes nothing, when the home holds
    anything else than a demonstration, an Airflow that has not run a night, or the scratch of other commands.
    """
    kept = home / PREVIOUS
    held = sorted(path for path in home.iterdir() if path != kept) if home.is_dir() else []
    is_demo = (home / MARKER).is_file()
    strangers = [path.name for path in held if path.name not in ("airflow", "tmp")]
    if strangers and not is_demo:
        raise NotADemo(
            f"{home} holds {', '.join(strangers)}, which `make run` did not make. Nothing was changed. "
            "Run it in another folder, such as: TARGETED_HOME=var-demo make run"
        )
    if is_demo:
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        for path in held:
            path.rename(kept / path.name)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARKER).write_text(_WORD, encoding="utf-8")
    return kept if is_demo else None
