"""Commands `targeted release` and `targeted match`: decisions of a person, without the UI. Mounted by include.cli."""

from __future__ import annotations

import time
from datetime import date
from typing import Annotated

import typer

from include.clocks import local_time
from include.home import Home
from include.options import day_option
from include.settings import Settings

match_app = typer.Typer(no_args_is_help=True, help="Persons found in two counties: decide, and weigh.")

_By = Annotated[str, typer.Option(help="Name of the person who decides.")]
_Reason = Annotated[str, typer.Option(help="Why, in words; no name and no number of a person in the registry.")]


def release(
    county: Annotated[str, typer.Option(help="The county, such as 513431.")],
    attempt: Annotated[str, typer.Option(help="The held attempt, such as 513431-00007.")],
    by: _By,
    reason: _Reason,
    refuse: Annotated[bool, typer.Option("--refuse", help="Record that the rows stay held.")] = False,
) -> None:
    """Let the removals and exits that a breaker holds take effect on the next night, or refuse to."""
    from include.intake.decided import DecisionRefused
    from include.intake.release import decide

    settings = Settings()
    home = Home(settings.home.absolute())
    try:
        night = decide(
            home, settings, county, attempt, "refuse" if refuse else "release", by, reason, local_time(time.time())
        )
    except DecisionRefused as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    told = "stays held" if refuse else f"is released: its rows come in with the night {night:%Y-%m-%d}"
    typer.echo(f"{attempt} of {county} {told}")


@match_app.command("decide")
def match_decide(
    match: Annotated[str, typer.Option("--id", help="The match number that both counties were told.")],
    by: _By,
    reason: _Reason,
    belongs_to: Annotated[str | None, typer.Option(help="County that the person belongs to.")] = None,
    different: Annotated[bool, typer.Option("--different", help="They are two different persons.")] = False,
) -> None:
    """Say that a match is one person of a county, or two different persons; told from the next night on."""
    from include.intake.decided import DecisionRefused
    from include.intake.match import decide

    if different == (belongs_to is not None):
        raise typer.BadParameter("say either --different or --belongs-to COUNTY")
    settings = Settings()
    home = Home(settings.home.absolute())
    try:
        night = decide(home, settings, match, belongs_to, by, reason, local_time(time.time()))
    except DecisionRefused as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    who = f"the person belongs to {belongs_to}: only the other county is told" if belongs_to else "nobody is told"
    typer.echo(f"match {match} is decided: from the night {night:%Y-%m-%d} on {who}")


@match_app.command("weights")
def match_weights(
    night: Annotated[date, day_option("The night whose persons are looked at.")],
) -> None:
    """Estimate anew, from the persons in force on a night, by what near matches are judged; nothing is changed.

    Prints comparison, level, m and u as CSV, to be looked at before dated rows are added to near_match_weights.
    """
    from include.intake.near_estimate import estimate

    settings = Settings()
    typer.echo("comparison,level,m,u")
    for comparison, levels in estimate(Home(settings.home.absolute()), settings, night).items():
        for level, (m, u) in levels.items():
            typer.echo(f"{comparison},{level},{m:.4g},{u:.4g}")
