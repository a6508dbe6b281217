"""Commands `targeted effect` and `targeted practices`. Mounted by include.cli."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def effect(
    data: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="Table: .csv, .parquet, or .duckdb with --table.")
    ],
    treated: Annotated[str, typer.Option(help="Column that is 1 where the unit had the measure, else 0.")],
    after: Annotated[str, typer.Option(help="Column of the outcome after the measure.")],
    before: Annotated[
        str | None, typer.Option(help="Outcome of the same unit before it: the change is compared.")
    ] = None,
    earlier: Annotated[str | None, typer.Option(help="Outcome still earlier: the pre-trend is tested.")] = None,
    period: Annotated[
        str | None,
        typer.Option(help="1 for rows observed after, 0 before, where the units of the two are not the same."),
    ] = None,
    strata: Annotated[str, typer.Option(help="Columns within which alone is compared: zone,cause,size.")] = "",
    bands: Annotated[
        str, typer.Option(help="Columns cut into bands at the quantiles of the treated: land=5,age=4.")
    ] = "",
    balance: Annotated[str, typer.Option(help="Numbers known before, in which both sides must be alike.")] = "",
    cluster: Annotated[str | None, typer.Option(help="Units of one value are not independent: village_code.")] = None,
    cost: Annotated[str | None, typer.Option(help="Column of what the measure cost for the unit.")] = None,
    by: Annotated[str | None, typer.Option(help="Tell the effect for each value of this column too.")] = None,
    by_lot: Annotated[bool, typer.Option("--by-lot", help="The measure was given by lot, as you know.")] = False,
    table: Annotated[str | None, typer.Option(help="schema.table of a .duckdb file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Tell the effect of a measure with interval, overlap, cost and grade, or refuse it and say why.

    Exit 0: an effect is told (also that none is shown); 1: refused; 2: the question does not fit the data.
    """
    from include.evidence.effect import CannotAsk
    from include.evidence.effect import effect as ask
    from include.evidence.question import Question
    from include.evidence.report import as_record, report
    from include.settings import Settings

    try:
        question = Question(
            treated=treated,
            after=after,
            before=before,
            earlier=earlier,
            period=period,
            strata=_names(strata),
            bands=_counts(bands),
            balance=_names(balance),
            cluster=cluster,
            cost=cost,
            by_lot=by_lot,
        )
        answer = ask(Settings(), data, question, table, by)
    except (CannotAsk, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(json.dumps(as_record(answer), ensure_ascii=False, indent=2) if as_json else report(answer))
    raise typer.Exit(1 if answer.whole.refusals else 0)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _counts(text: str) -> dict[str, int]:
    counts = {}
    for part in _names(text):
        name, _, number = part.partition("=")
        if not number.isdigit() or int(number) < 1:
            raise typer.BadParameter(f"{part}: write column=number, such as land=5")
        counts[name] = int(number)
    return counts


def practices(
    measure: Annotated[str, typer.Option(help="Measure whose practice is told, such as M-TRAIN.")],
    year: Annotated[int, typer.Option(help="Income year in which it was given; the years around it are compared.")],
    outcome: Annotated[str, typer.Option(help="income_per_head or deprivations.")] = "income_per_head",
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Tell what a measure did by cause and zone, of the published night, or why that cannot be told. Exit 0 or 2."""
    from include.evidence.practices import OUTCOMES, practice_cards
    from include.evidence.report import card_record, cards_report
    from include.home import Home
    from include.settings import Settings
    from include.warehouse.scratch import CannotRebuild

    settings = Settings()
    if outcome not in OUTCOMES:
        raise typer.BadParameter(f"{outcome}: the outcomes are {', '.join(OUTCOMES)}")
    try:
        found = practice_cards(Home(settings.home.absolute()), settings, measure, year, outcome)
    except CannotRebuild as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if as_json:
        record = {"too_small": found.too_small, "cards": [card_record(card) for card in found.cards]}
        typer.echo(json.dumps(record, ensure_ascii=False, indent=2))
    else:
        typer.echo(cards_report(found))
