"""Command `targeted person`: delete a person by a decision, through every place where rows of the person lie."""

from __future__ import annotations

import getpass
import sys
from datetime import date
from typing import Annotated

import typer

from include.commands.words import say
from include.home import Home
from include.options import day_option
from include.settings import Settings

person_app = typer.Typer(no_args_is_help=True, help="Delete persons by a decision.")

_Night = Annotated[date, day_option("The newest night received; it is published anew.")]


@person_app.command("delete")
def delete(
    decision: Annotated[str, typer.Option(help="Reference of the decision.")],
    authority: Annotated[str, typer.Option(help="Office that decided.")],
    reason: Annotated[str, typer.Option(help="Why, in words; no name and no number of a person.")],
    night: _Night,
    person_key: Annotated[
        str | None,
        typer.Option(help="The person's key; without it the resident number is asked for, or read from stdin."),
    ] = None,
) -> None:
    """Register a decision to delete a person, and carry it out: lake, letters, warehouse and published files."""
    from include.intake.deletions import DeletionRefused, decide
    from include.intake.identity import NumberUnreadable, person_key_of
    from include.key_state import agreed
    from include.keys import KeyTrouble
    from include.upkeep.deletion import register

    settings = Settings()
    home = Home(settings.home.absolute())
    try:
        number = None if person_key else _ask_number()
        with agreed(home, settings, exclusive=True):
            key = person_key or person_key_of(settings, home, number or "", night)
            line = register(home, settings, decide(home, settings, key, decision, authority, reason, night))
    except (DeletionRefused, NumberUnreadable, KeyTrouble) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"registered: decision {line.decision}; the lake knows the person in {len(line.members)} household(s)")
    _finish(home, settings, night)


@person_app.command("finish")
def finish(night: _Night) -> None:
    """Carry out every registered deletion again: after an interruption, or after a restore."""
    settings = Settings()
    _finish(Home(settings.home.absolute()), settings, night)


def _finish(home: Home, settings: Settings, night: date) -> None:
    from expectations.gate import GateFailed
    from include import night as steps
    from include.intake.deletions import DeletionRefused
    from include.keys import KeyTrouble
    from include.warehouse.dbt import DbtFailed

    try:
        steps.finish_deletions(home, settings, night, say)
    except (DeletionRefused, GateFailed, DbtFailed, KeyTrouble) as error:
        typer.echo(str(error), err=True)
        typer.echo(f"not finished: mend it, then targeted person finish --night {night:%Y-%m-%d}", err=True)
        raise typer.Exit(1) from error


def _ask_number() -> str:
    """The resident number, without echo from a terminal or as the first line of stdin; never an argument."""
    return getpass.getpass("Resident number (not shown): ") if sys.stdin.isatty() else sys.stdin.readline()
