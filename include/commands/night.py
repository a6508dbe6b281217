"""Commands `targeted night run` and `targeted night acknowledge`: the same functions as the DAGs, no scheduler."""

from __future__ import annotations

import time
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from include.clocks import local_time
from include.commands.words import say
from include.home import Home
from include.intake.deliver import deliver
from include.options import day_option
from include.settings import Settings

night_app = typer.Typer(no_args_is_help=True, help="Run a night's steps without the scheduler.")


@night_app.command("run")
def night_run(
    night: Annotated[date, day_option("The night to run (Asia/Shanghai).")],
    inbox: Annotated[
        Path | None,
        typer.Option(
            help="A country made by `targeted country make`, or a folder of submitters; copied into the inbox first."
        ),
    ] = None,
) -> None:
    """Run one night: receive, check, judge, gate, build, gate, publish, letters."""
    from expectations.gate import GateFailed
    from include import night as steps
    from include.intake.ahead import NightAhead
    from include.intake.judge import FindingsMissing
    from include.intake.known import NotMet
    from include.intake.ledger import OtherBatches
    from include.keys import KeyTrouble
    from include.remote.files import RemoteInboxTrouble
    from include.upkeep.free_space import NotEnoughSpace
    from include.warehouse.dbt import DbtFailed
    from include.warehouse.leaks import Leak

    settings = Settings()
    home = Home(settings.home.absolute())
    if inbox is not None and inbox.absolute() != home.inbox:
        if not inbox.is_dir():
            raise typer.BadParameter(f"{inbox} is not a folder")
        typer.echo(f"delivered {deliver(inbox, home, night)} packages from {inbox} to {home.inbox}")
    try:
        steps.run(home, settings, night, say, looked_at=local_time(time.time()))
    except (
        NightAhead, OtherBatches, NotMet, FindingsMissing, GateFailed, DbtFailed, Leak, KeyTrouble, NotEnoughSpace,
        RemoteInboxTrouble,
    ) as error:  # fmt: skip
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@night_app.command("acknowledge")
def night_acknowledge() -> None:
    """Put a receipt into each submitter's outbox for what lies in its inbox now, as the DAG does every 15 minutes."""
    from include import night as steps
    from include.remote.files import RemoteInboxTrouble

    settings = Settings()
    home, looked_at = Home(settings.home.absolute()), local_time(time.time())
    night = looked_at.date()
    due = [partial(steps.acknowledge, home, settings, night, looked_at)]
    if settings.inbox_url:
        due = [
            partial(steps.fetch, home, settings, night, looked_at),
            *due,
            partial(steps.hand_out, home, settings, night),
        ]
    failed = False
    for step in due:  # what is here gets its receipt also when the server does not answer
        try:
            say(step())
        except RemoteInboxTrouble as error:
            typer.echo(str(error), err=True)
            failed = True
    if failed:
        raise typer.Exit(1)
