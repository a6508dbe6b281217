"""What these commands print."""

from __future__ import annotations

import typer

from include.result import Result


def say(result: Result) -> None:
    """Print what a step did, in one line."""
    typer.echo(str(result))
