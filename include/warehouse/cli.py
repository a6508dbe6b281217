"""Commands `targeted score explain` and `targeted publish`. Mounted by include.cli."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from include.contract.words import SYNTHETIC
from include.home import Home
from include.options import day_option
from include.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.warehouse.scores import Asked, IndicatorScore, Recomputed, Scored

score_app = typer.Typer(no_args_is_help=True, help="Scores of places, recomputed for any past day.")


@score_app.callback()
def _scores() -> None:
    """Keeps `explain` a command of its own."""


@score_app.command("explain")
def explain(
    place: Annotated[str, typer.Option(help="Code of the place scored: province 2 digits, county 6.")],
    indicator: Annotated[str, typer.Option(help="A set, such as county, or one indicator: county.exit_accuracy.")],
    as_of: Annotated[date, day_option("The day the score speaks of.")],
    known_at: Annotated[
        date | None, day_option("As known by this night's cut-off; else the published night's.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Key of a contested row, to see the score without it; may be repeated.")
    ] = None,
    rows: Annotated[int, typer.Option(help="Rows shown of each indicator; --json gives all.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Recompute a score and say where each point comes from: formula, rows by key, what evidence is missing."""
    from include.warehouse.scores import Asked, NotScored, last_night, recompute

    settings = Settings()
    home = Home(settings.home.absolute())
    try:
        night = known_at or last_night(home)
        asked = Asked(place, indicator, as_of, night, tuple(without or ()))
        found = recompute(home, settings, asked)
    except NotScored as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(json.dumps(asdict(found), default=str, indent=2) if as_json else "\n".join(lines(asked, found, rows)))


def lines(asked: Asked, found: Recomputed, rows: int) -> Iterator[str]:
    """The explanation as text; keys and figures of rows, no value of a person."""
    yield f"{found.told.indicator_set}, {asked.place}, {asked.as_of}, as known on {asked.known_night} ({SYNTHETIC})"
    yield from _score(found.told)
    if found.published is not None:
        same = "the same" if found.published == found.told.score else "ANOTHER SCORE: say so to the data engineer"
        yield f"as published for this day and cut-off: {found.published}, {same}"
    for indicator in found.told.indicators:
        yield from _indicator(indicator, rows)
    if found.without:
        yield f"without {', '.join(asked.without)}:"
        yield from _score(found.without)
        for before, after in zip(found.told.indicators, found.without.indicators, strict=True):
            if before.points != after.points or before.state != after.state:
                yield f"  {before.indicator_id}: {_points(before)} becomes {_points(after)}"


def _score(scored: Scored) -> Iterator[str]:
    yield f"score {scored.score}: {scored.points} of {scored.points_possible} points that there is evidence for"
    if scored.vetoed_by:
        yield f"vetoed by {scored.vetoed_by}: nothing is left of the score"
    if scored.veto_open:
        yield f"beyond the limit, but not surely: {scored.veto_open}; verify more households"


def _indicator(indicator: IndicatorScore, shown: int) -> Iterator[str]:
    yield f"{indicator.indicator_id} (formula {indicator.formula_version}, {indicator.shape}, {indicator.evidence})"
    if indicator.value is None:
        yield f"  no points: {indicator.missing}"
        return
    interval = (
        "" if indicator.value_low is None else f", 95 per cent interval {indicator.value_low} to {indicator.value_high}"
    )
    yield f"  {indicator.numerator} / {indicator.denominator} = {indicator.value}{interval}: {_points(indicator)}"
    if indicator.missing:
        yield f"  {indicator.missing}"
    for row in indicator.rows[:shown]:
        missing = f"; missing: {row.missing}" if row.missing else ""
        yield f"    {row.dataset} {row.key} (attempt {row.attempt_id}): {row.numerator} of {row.denominator}{missing}"
    if len(indicator.rows) > shown:
        yield f"    and {len(indicator.rows) - shown} more rows (--rows, --json)"


def _points(indicator: IndicatorScore) -> str:
    if indicator.points is None:
        return indicator.state
    return f"{indicator.points} of {indicator.weight} points"


def publish(
    place: Annotated[str, typer.Option(help="Province (2 digits), prefecture (4) or county (6) that the file is for.")],
    to: Annotated[Path, typer.Option(help="Folder that the file is written into.")],
) -> None:
    """Cut a file out of the published marts that holds one place's households and reports alone."""
    from include.warehouse.place_file import NoPlaceFile, write_place_file

    settings = Settings()
    try:
        written = write_place_file(Home(settings.home.absolute()), settings, place, to)
    except NoPlaceFile as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    households = written.rows["household.households"]
    typer.echo(f"{written.path}: {households:,} households, {sum(written.rows.values()):,} rows ({SYNTHETIC})")
