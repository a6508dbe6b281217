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
