"""Commands `targeted backup`, `restore`, `keys`, `doctor` and `kill-points`. Mounted by include.cli."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from include.home import Home
from include.settings import Settings

keys_app = typer.Typer(no_args_is_help=True, help="The secrets behind the person keys.")


@keys_app.command("rotate")
def keys_rotate() -> None:
    """Give every stored person key a new version, under a new secret; finishes a rotation that died."""
    from include.keys import KeyTrouble
    from include.upkeep.rotate import rotate

    settings = Settings()
    home = Home(settings.home.absolute())
    try:
        done = rotate(home, settings)
    except (KeyTrouble, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"re-keyed {done.files:,} files of {home.lake}: person keys are of version {done.version} now")
    typer.echo("the next night builds the warehouse again; back up tonight, and do away with older backups")


@keys_app.command("status")
def keys_status() -> None:
    """Say of which version the person keys are, and whether a rotation is over; exit code 1 when it is not."""
    from include.key_state import difference, key_version
    from include.keys import KeyTrouble

    settings = Settings()
    home = Home(settings.home.absolute())
    try:
        why, version = difference(home, settings), key_version(home)
    except KeyTrouble as error:
        why, version = str(error), None
    if why:
        typer.echo(why, err=True)
        raise typer.Exit(1)
    typer.echo(f"{home.lake} holds person keys of version {version}, as the secrets do" if version else "no keys yet")


def doctor() -> None:
    """Say what is unsafe or missing, where, why and how to mend it; exit code 1 when anything is unsafe."""
    from include.upkeep.doctor import examine

    settings = Settings()
    findings = examine(Home(settings.home.absolute()), settings, os.environ, datetime.now().astimezone())
    for finding in findings:
        typer.echo(str(finding))
    count = sum(finding.level == "unsafe" for finding in findings)
    typer.echo(f"{count} unsafe, {len(findings) - count} to know of")
    raise typer.Exit(1 if count else 0)


def backup(
    to: Annotated[Path, typer.Option(help="Folder of the backups, on another disk; made when it is not there.")],
    label: Annotated[
        str | None,
        typer.Option(
            help="Name of this backup; by default the newest night received, with a number when that is taken.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Copy all that cannot be built again, keys included; a night may be running."""
    from include.key_state import KeysInUse
    from include.upkeep.backup import back_up
    from include.upkeep.last_backup import LastBackup, record_backup
    from include.upkeep.manifest import BackupError

    try:
        home = Home(Settings().home.absolute())
        done = back_up(home, to.absolute(), label)
        record_backup(home, LastBackup(done.folder, datetime.now(UTC)))
    except (BackupError, KeysInUse, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for path in done.left_out:
        typer.echo(f"left out: {path} holds a link, could not be read, or was still being written", err=True)
    key = "it holds the person key" if done.holds_secrets else "the secrets of the person key are not in it"
    typer.echo(f"backed up {done.files:,} files, {done.size / 1e6:,.1f} MB, to {done.folder}; {key}")


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
