"""Command `targeted check`. Mounted by include.cli."""

from __future__ import annotations

import io
import sys
import time
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from include.clocks import local_time
from include.options import day_option


def check(
    package: Annotated[Path, typer.Argument(help="The package: a folder or a .zip. It is only read.")],
    submitter: Annotated[
        str | None, typer.Option(metavar="CODE", help="Who sends it; the manifest says so when not given.")
    ] = None,
    night: Annotated[date | None, day_option("The night it would be sent; today when not given.")] = None,
    attempt: Annotated[
        int,
        typer.Option(
            min=1,
            help="Your next attempt's number, the last letter's and one more: with it the ids of findings on files and"
            " on rows without key are those of the letter, too.",
        ),
    ] = 1,
    report: Annotated[
        Path | None, typer.Option(help="The page to write; PACKAGE-check.html beside the package when not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with every finding instead of text.")] = False,
) -> None:
    """Check a package with the centre's own code before sending it; nothing leaves this computer.

    Exit code 0: all of it would be taken; what is to be explained, and advice, may be listed.

    Exit code 1: a household would be held, or a row or a file refused.

    Exit code 2: the package cannot be read, or would be refused whole.
    """
    import duckdb

    from include.county_check.facts import UNREADABLE
    from include.county_check.play import NotChecked, play, submitter_of
    from include.county_check.report import as_html, as_text
    from include.county_check.report import as_json as to_json
    from include.files import write_aside
    from include.intake.package import CHECK_PAGE
    from include.intake.submitters import UnknownSubmitter

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no Chinese shows the English all the same
    when = night or local_time(time.time()).date()
    try:
        checked = play(package, submitter or submitter_of(package), when, attempt)
    except (NotChecked, UnknownSubmitter) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(UNREADABLE) from error
    except (OSError, MemoryError, duckdb.Error) as error:
        typer.echo(
            f"{package} could not be checked on this computer ({type(error).__name__}): free memory and disk, "
            "then check again / 本机内存或磁盘不足，请清理后再核对",
            err=True,
        )
        raise typer.Exit(UNREADABLE) from error
    typer.echo(to_json(checked) if as_json else as_text(checked), nl=False)
    page = report or package.absolute().with_name(f"{package.absolute().name}{CHECK_PAGE}")
    try:
        with write_aside(page) as aside:
            aside.write_text(as_html(checked), encoding="utf-8")
        typer.echo(f"\n报告 report: {page}", err=True)
    except OSError as error:
        typer.echo(f"{page} cannot be written ({type(error).__name__}): name another place with --report", err=True)
    raise typer.Exit(checked.exit_code)
