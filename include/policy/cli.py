"""Commands for policy officers: `targeted rulebook check` and `targeted whatif`. Mounted by include.cli."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

rulebook_app = typer.Typer(no_args_is_help=True, help="Rulebooks of policy: which measure is offered for what, where.")

RulebookFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Rules as CSV or YAML.")]
Adds = Annotated[bool, typer.Option(help="The file adds its rules to the rulebook in force; else it takes its place.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@rulebook_app.command("check")
def check(file: RulebookFile, adds: Adds = False, as_json: AsJson = False) -> None:
    """Say line by line what is wrong with a rulebook. Exit 0: sound; 1: refused, or its form cannot be read."""
    from include.policy.rulebook import load

    rulebook = load(file, adds)
    if as_json:
        records = [problem.as_record(file.name) for problem in rulebook.problems]
        typer.echo(json.dumps({"sound": rulebook.sound, "problems": records}, ensure_ascii=False, indent=2))
    else:
        typer.echo(rulebook.report(file.name))
    raise typer.Exit(0 if rulebook.sound else 1)


def whatif(
    file: RulebookFile,
    adds: Adds = False,
    households: Annotated[
        Path | None,
        typer.Option(
            help="Write each household's changes into this file of yours (.csv or .parquet); else counts alone."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try a changed rulebook on last night's households: who gains, who loses, what it costs. Publishes nothing."""
    from include.home import Home
    from include.policy.rulebook import load
    from include.policy.whatif import what_if
    from include.policy.whatif_report import report
    from include.settings import Settings
    from include.warehouse.scratch import CannotRebuild

    rulebook = load(file, adds)
    if not rulebook.sound:
        typer.echo(rulebook.report(file.name), err=True)
        raise typer.Exit(1)
    settings = Settings()
    try:
        summary = what_if(Home(settings.home.absolute()), settings, rulebook, file.name, households)
    except CannotRebuild as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(json.dumps(summary, ensure_ascii=False, indent=2) if as_json else report(summary))
