"""Recomputes the scores of a past day from the lake, as they were known then, with or without contested rows.

The same models that a night runs, in a scratch warehouse; nothing that a night reads or writes is touched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from include.clocks import known_at
from include.duck import connect
from include.home import Home
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.copy import reading
from include.warehouse.dbt import run_dbt

MODELS = ("responsibility__scorecards", "responsibility__set_scores", "responsibility__score_evidence")
_NO_TESTS = ("--exclude-resource-type", "test", "unit_test")
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_DIGITS = {"province": 2, "county": 6}


class NotScored(RuntimeError):
    """The score cannot be recomputed or does not add up; the message says what, why and how to mend."""


@dataclass(frozen=True)
class Asked:
    """A place's score by one indicator set, or one indicator of it, on a day and as known by a night's cut-off."""

    place: str
    indicator: str
    as_of: date
    known_night: date
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class EvidenceRow:
    """One row behind an indicator: what counts and what was reached."""

    dataset: str
    key: str
    numerator: Decimal
    denominator: Decimal
    missing: str | None
    attempt_id: str | None


@dataclass(frozen=True)
class IndicatorScore:
    """Points of one indicator with the figure and the rows behind them."""

    indicator_id: str
    formula_version: str
    evidence: str
    shape: str
    weight: Decimal
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    value_low: Decimal | None
    value_high: Decimal | None
    state: str
    missing: str | None
    points: Decimal | None
    rows: tuple[EvidenceRow, ...]


@dataclass(frozen=True)
class Scored:
    """A place's score in a set and the indicators that make it."""

    indicator_set: str
    points: Decimal | None
    points_possible: Decimal | None
    score: Decimal | None
    vetoed_by: str | None
    veto_open: str | None
    indicators: tuple[IndicatorScore, ...]


@dataclass(frozen=True)
class Recomputed:
    """The score with all rows, without the contested ones, and as it stands in the published marts for that cut."""

    told: Scored
    without: Scored | None
    published: Decimal | None
    """Score of the same day and cut-off in the published file; None when that file has no such cut."""


def last_night(home: Home) -> date:
    """The night of the published marts. Raises NotScored when none is published."""
    version = versions.current(home, "marts")
    if version is None:
        raise NotScored(f"no night is published in {home.published}: run one, or say --known-at")
    return version.night


def recompute(home: Home, settings: Settings, asked: Asked) -> Recomputed:
    """Recompute what is asked. Raises NotScored."""
    wrong = [key for key in asked.without if not _KEY.fullmatch(key)]
    if wrong:
        raise NotScored(f"--without takes keys of evidence rows as explain prints them; {len(wrong)} of them is none")
    if not home.lake.is_dir():
        raise NotScored(f"{home.lake} is not there: a score is recomputed from the lake of a home that ran nights")
    home.tmp.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="score-", dir=home.tmp) as folder:
        scratch = Home(Path(folder))
        scratch.lake.symlink_to(home.lake.absolute(), target_is_directory=True)
        scratch.warehouse.parent.mkdir(parents=True)
        _dbt(scratch, settings, asked, ["build", "--select", *(f"+{model}" for model in MODELS)], ())
        told = _scored(scratch, settings, asked)
        without = None
        if asked.without:
            rows = {row.key for indicator in told.indicators for row in indicator.rows}
            strange = [key for key in asked.without if key not in rows]
            if strange:
                raise NotScored(f"no row {strange[0]} stands behind this score: take the keys that explain prints")
            _dbt(
                scratch,
                settings,
                asked,
                ["build", "--select", *(f"int_score_evidence+,+{model}" for model in MODELS)],
                asked.without,
            )
            without = _scored(scratch, settings, asked)
    for scored in (told, without):
        if scored:
            check_adds_up(scored, whole_set="." not in asked.indicator)
    return Recomputed(told, without, _published(home, settings, asked, told.indicator_set))


def check_adds_up(scored: Scored, whole_set: bool) -> None:
    """Check to the last digit that each figure is the sum of its rows and the set's points that of its indicators.

    Raises NotScored where it is not.
    """
    for indicator in scored.indicators:
        for name in ("numerator", "denominator"):
            said, summed = getattr(indicator, name) or Decimal(0), sum(getattr(row, name) for row in indicator.rows)
            if said != summed:
                raise NotScored(f"{indicator.indicator_id}: its rows make a {name} of {summed}, it says {said}")
    points = sum((indicator.points or Decimal(0) for indicator in scored.indicators), Decimal(0))
    if whole_set and points != (scored.points or Decimal(0)):
        raise NotScored(f"{scored.indicator_set}: its indicators make {points} points, it says {scored.points}")


def _dbt(scratch: Home, settings: Settings, asked: Asked, arguments: Sequence[str], without: Sequence[str]) -> None:
    environment = {"TARGETED_SCORE_AS_OF": f"{asked.as_of:%Y-%m-%d}", "TARGETED_SCORE_WITHOUT": ",".join(without)}
    lines = StringIO()
    with redirect_stdout(lines):
        code = run_dbt(scratch, settings, asked.known_night, [*arguments, *_NO_TESTS], asked=environment)
    if code != 0:
        last = "\n".join(lines.getvalue().splitlines()[-20:])
        raise NotScored(f"dbt could not build the scores of {asked.as_of} as known on {asked.known_night}:\n{last}")


def _scored(scratch: Home, settings: Settings, asked: Asked) -> Scored:
    indicator_set = asked.indicator.split(".")[0]
    wanted = "indicator_set" if asked.indicator == indicator_set else "indicator_id"
    with connect(settings, scratch.warehouse, read_only=True) as connection:
        cards = _dicts(
            connection,
            f"""
            select s.*, i.measured from responsibility.scorecards as s
            join seeds.evaluation_indicators as i using (indicator_id, formula_version)
            where s.cut_id = 'asked' and s.place_code = ? and s.{wanted} = ? order by s.indicator_id
            """,
            [asked.place, asked.indicator],
        )
        if not cards:
            raise NotScored(
                f"{asked.place} has no score by {asked.indicator} on {asked.as_of} as known on {asked.known_night}: "
                "level, name and dates of the indicator are in responsibility.indicators; where they fit, no evidence "
                "had come by then"
            )
        whole = _dicts(
            connection,
            "select * from responsibility.set_scores where cut_id = 'asked' and place_code = ? and indicator_set = ?",
            [asked.place, indicator_set],
        )[0]
        indicators = tuple(_indicator(connection, asked.place, card) for card in cards)
    # The two ignores: rows of DuckDB come without types; contracts of the marts are enforced when they are built.
    names = ("points", "points_possible", "score", "vetoed_by", "veto_open")
    return Scored(indicator_set, **{name: whole[name] for name in names}, indicators=indicators)  # type: ignore[arg-type]


def _indicator(connection: duckdb.DuckDBPyConnection, place: str, card: Mapping[str, object]) -> IndicatorScore:
    found = connection.execute(
        """
        select dataset, evidence_key, numerator, denominator, missing, attempt_id from responsibility.score_evidence
        where cut_id = 'asked' and measured = ? and length(place_code) >= ? and starts_with(place_code, ?)
        order by evidence_key
        """,
        [card["measured"], _DIGITS[str(card["level"])], place],
    ).fetchall()
    names = [name for name in IndicatorScore.__dataclass_fields__ if name != "rows"]
    return IndicatorScore(**{name: card[name] for name in names}, rows=tuple(EvidenceRow(*row) for row in found))  # type: ignore[arg-type]


def _published(home: Home, settings: Settings, asked: Asked, indicator_set: str) -> Decimal | None:
    if versions.current(home, "marts") is None:
        return None
    with reading(settings, versions.link(home, "marts"), "p") as connection:
        tables = connection.execute(
            "select 1 from information_schema.tables where table_catalog = 'p' and table_name = 'set_scores'"
        ).fetchall()
        found = (
            tables
            and connection.execute(
                """
            select score from p.responsibility.set_scores
            where state_on = ? and known_by = ? and place_code = ? and indicator_set = ?
            """,
                [asked.as_of, known_at(asked.known_night), asked.place, indicator_set],
            ).fetchone()
        )
    return found[0] if found else None


def _dicts(connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[object]) -> list[dict[str, object]]:
    cursor = connection.execute(query, values)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
