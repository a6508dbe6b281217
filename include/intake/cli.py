"""Command `targeted replay`. Mounted by include.cli."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from include.home import Home
from include.settings import Settings


def replay(
    attempt: Annotated[str, typer.Option(help="The attempt to bring again, such as 513431-00007.")],
    identity: Annotated[Path, typer.Option(help="The landing's private identity; it never lies with the night.")],
) -> None:
    """Put an archived package back into its inbox account, after a reader or a rule was mended."""
    from include.intake.replay import NotReplayed
    from include.intake.replay import replay as step

    settings = Settings()
    try:
        package = step(Home(settings.home.absolute()), settings, attempt, identity)
    except NotReplayed as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{package} holds what {attempt} was; the next night receives it as a replay of {attempt}")
