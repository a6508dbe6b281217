"""The command line: the same functions as the DAGs, no scheduler."""

from __future__ import annotations

import logging
import sys
import time
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from include.clocks import local_time
from include.country.cli import app as country_app
from include.county_check.cli import check
from include.evidence.cli import effect, practices
from include.home import Home
from include.intake.cli import replay
from include.intake.decide_cli import match_app, release
from include.intake.deliver import deliver
from include.letters.cli import docs_app, templates
from include.options import day_option
from include.policy.cli import rulebook_app, whatif
from include.result import Result
from include.retention_cli import person_app, retention
from include.settings import Settings
from include.upkeep.cli import backup, doctor, keys_app, kill_points, restore
from include.warehouse.cli import publish, score_app

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a pretty trace shows local variables, which may be personal
    help="Targeted measures for each household. Synthetic people only.",
)
night_app = typer.Typer(no_args_is_help=True, help="Run a night's steps without the scheduler.")
app.add_typer(night_app, name="night")
app.add_typer(country_app, name="country")
app.add_typer(docs_app, name="docs")
app.command("templates")(templates)
app.command("check")(check)
app.add_typer(rulebook_app, name="rulebook")
app.command("whatif")(whatif)
app.command("effect")(effect)
app.command("practices")(practices)
app.add_typer(person_app, name="person")
app.command("retention")(retention)
app.add_typer(score_app, name="score")
app.command("publish")(publish)
app.command("replay")(replay)
app.command("release")(release)
app.add_typer(match_app, name="match")
app.command("backup")(backup)
app.command("restore")(restore)
app.command("doctor")(doctor)
app.add_typer(keys_app, name="keys")
app.command("kill-points")(kill_points)


def _say(result: Result) -> None:
    typer.echo(str(result))


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
    from include.keys import KeyTrouble
    from include.remote_files import RemoteInboxTrouble
    from include.upkeep.free_space import NotEnoughSpace
    from include.warehouse.dbt import DbtFailed

    settings = Settings()
    home = Home(settings.home.absolute())
    if inbox is not None and inbox.absolute() != home.inbox:
        if not inbox.is_dir():
            raise typer.BadParameter(f"{inbox} is not a folder")
        typer.echo(f"delivered {deliver(inbox, home, night)} packages from {inbox} to {home.inbox}")
    try:
        steps.run(home, settings, night, _say, looked_at=local_time(time.time()))
    except (GateFailed, DbtFailed, KeyTrouble, NotEnoughSpace, RemoteInboxTrouble) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@night_app.command("acknowledge")
def night_acknowledge() -> None:
    """Put a receipt into each submitter's outbox for what lies in its inbox now, as the DAG does every 15 minutes."""
    from include import night as steps
    from include.remote_files import RemoteInboxTrouble

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
            _say(step())
        except RemoteInboxTrouble as error:
            typer.echo(str(error), err=True)
            failed = True
    if failed:
        raise typer.Exit(1)


def main() -> None:
    """Entry point that keeps library chatter off the terminal."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    app()
