"""`targeted country`: make a synthetic country."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from include.country import DEFAULT_FIRST_NIGHT
from include.options import day_option

app = typer.Typer(no_args_is_help=True, help="The synthetic country. SYNTHETIC 模拟数据.")


@app.callback()
def _country() -> None:
    """The synthetic country. SYNTHETIC 模拟数据."""


@app.command("make")
def country_make(
    out: Annotated[Path, typer.Option(help="Folder to write to; must be empty or not there.")],
    counties: Annotated[int, typer.Option(help="How many real counties, in the demo's order.", min=1)] = 12,
    households: Annotated[int, typer.Option(help="How many households in all.", min=1)] = 20_000,
    nights: Annotated[int, typer.Option(help="How many nights, one after the other.", min=1)] = 2,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.", min=0)] = 7,
    faults: Annotated[
        str, typer.Option(help="none; standard: every kind once; or one kind, in every county. Told in answer_key.csv.")
    ] = "none",
    holes: Annotated[
        str, typer.Option(help="none; standard: every kind of hole in duty and money once. Told in holes_key.csv.")
    ] = "none",
    first_night: Annotated[date, day_option("The first night.")] = DEFAULT_FIRST_NIGHT,
    retelling: Annotated[
        bool, typer.Option("--retelling", help="Counties correct themselves, hear late, give households new numbers.")
    ] = False,
    misfitting: Annotated[
        bool, typer.Option("--misfitting", help="Help that does not fit is planted. All there is: truth/misfits.csv.")
    ] = False,
) -> None:
    """Make packages per night under OUT/<night>/<submitter>/, the truth, and the keys of what was planted."""
    from include.country.make import make_country

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise typer.BadParameter(f"{out} is not an empty folder; name one that is empty or not there yet")
    try:
        make_country(
            out, counties, households, nights, seed, faults, first_night,
            holes=holes, retelling=retelling, misfitting=misfitting,
        )  # fmt: skip
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(f"SYNTHETIC 模拟数据: {counties} counties, {households} households, {nights} nights in {out}")
