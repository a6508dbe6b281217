"""A person deleted after the first night is in no plain file after the second, and nobody else's row has changed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include import night as steps
from include.clocks import known_at
from include.country.make import make_country
from include.home import Home
from include.intake.deletions import RULE, decide, registered
from include.settings import Settings
from include.upkeep.deletion import register
from include.upkeep.retention import retention
from include.warehouse.content_hash import content_hash
from tests.conftest import NIGHTS, play

pytestmark = pytest.mark.long

FIRST, SECOND = NIGHTS


@dataclass(frozen=True)
class Person:
    """Who is deleted: the head of a household of several members, to whom a measure was offered."""

    key: str
    household_key: str
    person_no: int


@dataclass(frozen=True)
class Story:
    """The same two nights: once as they were, once with a deletion between them."""

    whole: Home
    home: Home
    settings: Settings
    person: Person
    after_first: str
    """Text of the first night's marts after the deletion, by which a leak would show."""


def settings_of(home: Home) -> Settings:
    return Settings(home=home.root, batches=2)


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    base = tmp_path_factory.mktemp("deletion")
    make_country(base / "country", counties=3, households=240, nights=2, seed=5, faults="standard")
    home, whole = Home(base / "home"), Home(base / "whole")
    play(base / "country", home, settings_of(home), NIGHTS[:1])
    shutil.copytree(home.root, whole.root, symlinks=True)
    play(base / "country", whole, settings_of(whole), NIGHTS[1:])
    person = _someone(whole)
    line = decide(home, settings_of(home), person.key, "D-1", "县乡村振兴局", "asked for by the person", FIRST)
    register(home, settings_of(home), line)
    steps.finish_deletions(home, settings_of(home), FIRST, print)
    members = rows(home.published / "marts.duckdb", "select household_key, person_no from household.members")
    play(base / "country", home, settings_of(home), NIGHTS[1:])
    return Story(whole, home, settings_of(home), person, str(members))


def _someone(home: Home) -> Person:
    """A head who was accepted on the first night and is named again on the second."""
    persons = [home.lake_glob(kind, "persons", night) for kind, night in (("accepted", FIRST), ("read", SECOND))]
    with duckdb.connect() as connection:
        found = connection.execute(
            """select p.person_key, p.household_key, p.person_no from read_parquet(?) p
            join (select distinct household_key, person_no from read_parquet(?)) m using (household_key, person_no)
            where p.relation = '01' and p.person_key in (select person_key from read_parquet(?))
                and exists (select 1 from read_parquet(?) o
                    where o.household_key = p.household_key and o.person_no <> p.person_no)
            order by all""",
            [persons[0], home.lake_glob("accepted", "measures", FIRST), persons[1], persons[0]],
        ).fetchone()
    assert found, "a country in which nobody fits proves nothing"
    return Person(*found)


def test_only_the_register_has_the_key(story: Story) -> None:
    key, hits = story.person.key, []
    for path in story.home.root.rglob("*"):
        if not path.is_file() or {story.home.landing, story.home.inbox} & set(path.parents):
            continue
        seen = key.encode() in path.read_bytes()
        with duckdb.connect() as connection:
            if path.suffix == ".parquet":
                source = f"read_parquet('{path}', hive_partitioning = false)"
                seen |= bool(
                    connection.execute(f"select 1 from {source} t where contains(t::varchar, '{key}')").fetchone()
                )
            if path.suffix == ".duckdb":
                connection.execute(f"attach '{path}' as f (read_only)")
                for schema, table in connection.execute(
                    "select schema_name, table_name from duckdb_tables() where database_name = 'f'"
                ).fetchall():
                    source = f'f."{schema}"."{table}"'
                    query = f"select 1 from {source} t where contains(t::varchar, '{key}')"
                    seen |= bool(connection.execute(query).fetchone())
        if seen:
            hits.append(path.relative_to(story.home.root).as_posix())
    assert hits == ["deletions/register.jsonl"]
    assert [one.done for one in registered(story.home)] == [True]


def test_everybody_else_is_as_in_the_country_without_the_deletion(story: Story) -> None:
    members = "select * exclude (person_no), person_no from household.members order by all"
    gone = (story.person.household_key, story.person.person_no)
    before = rows(story.whole.published / "marts.duckdb", members)
    after = rows(story.home.published / "marts.duckdb", members)
    assert [row for row in before if (row[0], row[-1]) != gone] == after
    assert len(before) == len(after) + 1
    assert str(gone) not in story.after_first
    for table, other in (
        ("household.households", f"household_key <> '{gone[0]}'"),
        ("household.household_versions", f"household_key <> '{gone[0]}'"),
        ("household.household_measures", f"household_key <> '{gone[0]}'"),
        ("household.household_conditions", f"household_key <> '{gone[0]}'"),
        ("household.recommended_measures", f"household_key <> '{gone[0]}'"),
        ("responsibility.duty_chain", f"household_key <> '{gone[0]}'"),
    ):
        query = f"select * from {table} where {other} order by all"
        before, after = (rows(one.published / "marts.duckdb", query) for one in (story.whole, story.home))
        assert after == before, table
        assert before, table


def test_the_household_stays_with_its_key_and_its_help_and_is_not_held(story: Story) -> None:
    query = "select held, provisional, status, {} from household.households where household_key = '{}'"
    kept = [
        rows(home.published / "marts.duckdb", query.format("members", story.person.household_key))
        for home in (story.whole, story.home)
    ]
    ((*_, members),), ((*_, left),) = kept
    assert left == members - 1
    assert kept[0][0][:-1] == kept[1][0][:-1]
    help_ = "select measure_key, person_no from household.household_measures where household_key = '{}' order by all"
    before, after = (
        rows(home.published / "marts.duckdb", help_.format(story.person.household_key))
        for home in (story.whole, story.home)
    )
    assert [measure for measure, _ in after] == [measure for measure, _ in before]
    assert story.person.person_no not in [number for _, number in after]


def test_every_count_of_every_night_is_true_and_the_second_night_says_why(story: Story) -> None:
    quality = story.home.published / "quality.duckdb"
    counts = rows(quality, "select count(*), bool_and(conserved), count(distinct night) from quality.attempt_datasets")
    assert counts[0][1:] == (True, 2)
    told = rows(quality, f"select first_night, household_key, row_key from quality.findings where rule = '{RULE}'")
    assert told == [(SECOND, None, None)]
    for night in NIGHTS:
        steps.gate(story.home, story.settings, "submissions", night)
    states = "select attempt_id, state from quality.attempts order by all"
    assert rows(quality, states) == rows(story.whole.published / "quality.duckdb", states), "no office pays for it"


def test_after_retention_the_last_night_is_built_again_to_the_same_content(story: Story, tmp_path: Path) -> None:
    shutil.copytree(story.home.root, tmp_path / "home", symlinks=True)
    home = Home(tmp_path / "home")
    rules = tmp_path / "rules.csv"
    kinds = ("landing", "lake_read", "lake_rejected", "lake_held", "lake_accepted", "letters", "gx", "tmp")
    lines = [f"{kind},{kind},CN,,,0,days,b,s," for kind in kinds] + ["published,published,CN,,,1,versions,b,s,"]
    head = "rule_id,what,jurisdiction,valid_from,valid_to,keep,unit,basis,source,note"
    rules.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    settings = settings_of(home).model_copy(update={"retention_rules": rules})
    removed = retention(home, settings, SECOND, known_at(SECOND)).counts
    assert removed["landing"] and removed["lake_read"] and removed["letters"] and removed["published"]
    assert not home.lake_file("read", FIRST, "0-of-2", "persons").exists()
    before = content_hash((home.published / "marts.duckdb").resolve())
    home.warehouse.unlink()
    steps.run(home, settings, SECOND, print)
    assert content_hash((home.published / "marts.duckdb").resolve()) == before
    quality = rows(home.published / "quality.duckdb", "select distinct what from quality.removals order by all")
    assert ("lake_read",) in quality
