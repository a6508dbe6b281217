"""Command `targeted retention`: what the dated rules no longer keep goes."""

from __future__ import annotations

import time
from datetime import date
from typing import Annotated

import typer

from include.clocks import local_time
from include.commands.words import say
from include.home import Home
from include.options import day_option
from include.settings import Settings


def retention(
    night: Annotated[date, day_option("The day whose rules hold.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go, and remove nothing.")] = False,
) -> None:
    """Remove what the dated rules of retention no longer keep, and print the counts by kind."""
    from include import night as steps
    from include.intake.ahead import NightAhead
    from include.keys import KeyTrouble
    from include.upkeep.retention_rules import RetentionRulesBroken

    settings = Settings()
    try:
        say(steps.retention(Home(settings.home.absolute()), settings, night, local_time(time.time()), dry_run))
    except (NightAhead, RetentionRulesBroken, KeyTrouble, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
