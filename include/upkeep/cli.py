"""Commands `targeted backup`, `targeted restore` and `targeted kill-points`. Mounted by include.cli."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from include.home import Home
from include.settings import Settings


def backup(
    to: Annotated[Path, typer.Option(help="Folder of the backups, on another disk; made when it is not there.")],
    label: Annotated[
        str | None, typer.Option(help="Name of this backup; by default the newest night received.", show_default=False)
    ] = None,
) -> None:
    """Copy all that cannot be built again, keys included; a night may be running."""
    from include.upkeep.backup import back_up
    from include.upkeep.manifest import BackupError

    try:
        done = back_up(Home(Settings().home.absolute()), to.absolute(), label)
    except (BackupError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for path in done.left_out:
        typer.echo(f"left out: {path} holds a link, could not be read, or was still being written", err=True)
    typer.echo(f"backed up {done.files:,} files, {done.size / 1e6:,.1f} MB, to {done.folder}; it holds the person key")


def restore(
    source: Annotated[Path, typer.Option("--from", help="One backup: the folder that holds manifest.json.")],
) -> None:
    """Make an empty TARGETED_HOME what it was at a backup; every file is checked before any is put in place."""
    from include.upkeep.manifest import BackupError
    from include.upkeep.restore import restore as put_back

    home = Home(Settings().home.absolute())
    try:
        done = put_back(source.absolute(), home)
    except (BackupError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"restored {done.files:,} files, {done.size / 1e6:,.1f} MB, to {home.root}")
    if done.newest_night:
        typer.echo(f"before any later night, finish this one: targeted night run --night {done.newest_night}")


def kill_points() -> None:
    """List the moments at which a test can kill a step."""
    from include import kill_points as points

    for point in points.kill_points():
        typer.echo(point)
