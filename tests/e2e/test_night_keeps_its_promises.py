"""What a night promises, on a country with planted faults: conservation, the answer key both ways, held households."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from expectations.gate import GateFailed
from expectations.results import STAGES
from include import night as steps
from include.watch.gate_seconds import kept
from tests.conftest import PlayedCountry


def lake(country: PlayedCountry, kind: str, dataset: str | None = None, night: int | None = None) -> str:
    when = None if night is None else country.nights[night]
    pattern = country.home.lake_glob(kind, dataset, when)
    return f"read_parquet('{pattern}', union_by_name = true, hive_partitioning = false)"


def answer_key(country: PlayedCountry) -> list[dict[str, str]]:
    with (country.folder / "answer_key.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_received_row_is_accepted_held_or_rejected(played_country: PlayedCountry) -> None:
    counted: Counter[tuple[str, str]] = Counter()
    for kind in ("accepted", "held", "rejected"):
        for folder in sorted((played_country.home.lake / kind).iterdir()):
            rows = duckdb.sql(
                f"select attempt_id, count(*) from {lake(played_country, kind, folder.name)} group by attempt_id"
            ).fetchall()
            for attempt, count in rows:
                counted[attempt, folder.name] += count
    received = duckdb.sql(
        f"select attempt_id, dataset, sum(received_rows)::bigint from {lake(played_country, 'files')} "
        "where readable group by all having sum(received_rows) > 0"
    ).fetchall()
    refused = {
        attempt
        for (attempt,) in duckdb.sql(
            f"select attempt_id from {lake(played_country, 'attempts')} where not readable"
        ).fetchall()
    }
    expected = {(attempt, dataset): count for attempt, dataset, count in received if attempt not in refused}
    assert len(expected) > 100
    assert dict(counted) == expected


def test_each_planted_fault_is_found_as_the_key_says(played_country: PlayedCountry) -> None:
    found = {
        (str(night), submitter, dataset or "", "" if row is None else str(row), f"{rule}:{severity}")
        for kind in ("findings_receive", "findings_check")
        for night, submitter, dataset, row, rule, severity in duckdb.sql(
            f'select night, submitter, dataset, "row", rule, severity from {lake(played_country, kind)}'
        ).fetchall()
    }
    by_package = {(night, submitter, expect) for night, submitter, _, _, expect in found}
    missed = []
    for fault in answer_key(played_country):
        if not fault["expect"]:
            continue
        if fault["row"]:
            key = (fault["night"], fault["submitter"], fault["dataset"], fault["row"], fault["expect"])
            hit = key in found
        else:
            hit = (fault["night"], fault["submitter"], fault["expect"]) in by_package
        if not hit:
            missed.append(fault)
    assert not missed
    assert len({fault["kind"] for fault in answer_key(played_country)}) >= 12


def test_nothing_is_held_that_the_key_does_not_name(played_country: PlayedCountry) -> None:
    """The other way round: a must_fix or reject finding that nobody planted would hold help back for nothing."""
    planted = {
        (fault["night"], fault["submitter"], fault["expect"].split(":")[0])
        for fault in answer_key(played_country)
        if fault["expect"].endswith((":must_fix", ":reject"))
    }
    found = {
        (str(night), submitter, rule)
        for kind in ("findings_receive", "findings_check")
        for night, submitter, rule in duckdb.sql(
            f"select night, submitter, rule from {lake(played_country, kind)} where severity in ('must_fix', 'reject')"
        ).fetchall()
    }
    assert found <= planted


def test_a_held_household_stays_in_the_marts(played_country: PlayedCountry) -> None:
    marts = duckdb.connect(str(played_country.home.published / "marts.duckdb"), read_only=True)
    held = duckdb.sql(
        f"select distinct household_key, provisional from {lake(played_country, 'held', 'households', night=1)}"
    ).fetchall()
    assert held
    in_marts = dict(marts.execute("select household_key, provisional from household.households where held").fetchall())
    assert {key for key, _ in held} <= set(in_marts)
    assert {provisional for _, provisional in held} == {True, False}, "a new household and a known one are planted"
    known = [key for key, provisional in held if not provisional]
    stands = marts.execute(
        "select count(*) from household.households where list_contains(?, household_key) and not provisional "
        "and income_per_head is not null and held_since_night = ?",
        [known, played_country.nights[1]],
    ).fetchone()
    assert stands == (len(known),), "a known household stands as it was last accepted"
    counted = marts.execute("select count(*) from household.households where provisional and in_need").fetchone()
    assert counted is not None
    assert counted[0] >= 1


def test_the_submissions_gate_fails_when_a_lake_file_loses_a_row(played_country: PlayedCountry, tmp_path: Path) -> None:
    country = played_country.copy_to(tmp_path / "home")
    night = country.nights[1]
    steps.gate(country.home, country.settings, "submissions", night)
    victim = max(
        (country.home.lake / "accepted" / "visits" / f"night={night}").glob("*.parquet"),
        key=lambda path: path.stat().st_size,
    )
    cut = victim.with_suffix(".cut")
    duckdb.sql(f"copy (select * from read_parquet('{victim}') offset 1) to '{cut}' (format parquet)")
    cut.replace(victim)
    with pytest.raises(GateFailed) as failure:
        steps.gate(country.home, country.settings, "submissions", night)
    assert "received" in str(failure.value)


def test_every_refused_package_is_in_the_ledger_with_its_rule(played_country: PlayedCountry) -> None:
    planted = {
        (fault["night"], fault["submitter"], fault["expect"].split(":")[0])
        for fault in answer_key(played_country)
        if not fault["row"] and fault["expect"].endswith(":reject")
    }
    ledger = {
        (str(night), submitter, refusal)
        for kind in ("attempts", "files")
        for night, submitter, refusal in duckdb.sql(
            f"select night, submitter, refusal from {lake(played_country, kind)} where not readable"
        ).fetchall()
    }
    assert len(planted) >= 8
    assert planted <= ledger


def test_every_gate_of_the_night_says_how_long_it_took(played_country: PlayedCountry) -> None:
    took = kept(played_country.home, played_country.nights[-1])
    assert set(took) == set(STAGES)
    assert all(seconds > 0 for seconds in took.values())
