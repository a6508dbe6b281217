"""The command line: the same functions as the DAGs, no scheduler."""

from __future__ import annotations

import logging
import sys

import typer

from include.commands.night import night_app
from include.commands.person import person_app
from include.commands.retention import retention
from include.country.cli import app as country_app
from include.county_check.cli import check
from include.evidence.cli import effect, practices
from include.intake.cli import replay
from include.intake.decide_cli import match_app, release
from include.letters.cli import docs_app, templates
from include.policy.cli import rulebook_app, whatif
from include.upkeep.cli import backup, doctor, keys_app, kill_points, restore
from include.warehouse.cli import publish, score_app

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a pretty trace shows local variables, which may be personal
    help="Targeted measures for each household. Synthetic people only.",
)
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
app.command("kill-points", hidden=True)(kill_points)  # for who tests an installation: docs/architecture.md


def main() -> None:
    """Entry point that keeps library chatter off the terminal."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    app()
