"""What these commands are given and what they print."""

from __future__ import annotations

from datetime import date

import typer

from include.result import Result


def night_of(text: str) -> date:
    """The night that is written as YYYY-MM-DD; raises typer.BadParameter for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a night: write it as YYYY-MM-DD, such as 2026-11-20") from error


def say(result: Result) -> None:
    """Print what a step did, in one line."""
    typer.echo(str(result))
