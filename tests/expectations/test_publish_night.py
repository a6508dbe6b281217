"""A night is published only as the gates judged it; readers, older nights, open figures and quality beside it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from expectations.gate import GateFailed, run_gate
from include import night as steps
from include.home import Home
from include.warehouse import versions
from include.warehouse.content_hash import content_hash
from include.warehouse.disclosure import build_open
from include.warehouse.open_tables import OPEN_TABLES
from include.warehouse.publish import build_candidate, publish_quality
from tests.expectations.conftest import Judged


def links(home: Home) -> dict[str, str]:
    """What readers get, by kind."""
    return {kind: versions.link(home, kind).readlink().name for kind in versions.KINDS}


def ask(path: Path, question: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(question).fetchall()


def test_the_published_marts_are_the_warehouse_with_comments_and_say_what_they_are(judged: Judged) -> None:
    marts = versions.link(judged.home, "marts")
    [(night, number, content, macros)] = ask(
        marts, "select night, number, content_hash, macros_hash from quality.publication"
    )
    assert (night, number) == (judged.night, 1)
    assert content == content_hash(marts) == content_hash(judged.home.warehouse)
    assert macros
    uncommented = ask(
        marts,
        "select table_name, column_name from duckdb_columns() where comment is null and not internal"
        " and schema_name in ('household', 'zone', 'responsibility')",
    )
    assert uncommented == []
    assert ask(marts, "select count(*) from duckdb_tables() where comment is null and schema_name <> 'main'") == [(0,)]
    [(versions_of_one,)] = ask(
        marts,
        "select count(*)"
        " from household.households_as_of(date '2026-11-20', known_at := timestamp '2026-11-20 22:00:00')",
    )
    assert versions_of_one > 1000


def test_every_macro_says_in_the_file_what_it_takes_and_how_it_is_asked(judged: Judged) -> None:
    """Parameters, both clocks where it has them, and an example that runs."""
    told = ask(
        versions.link(judged.home, "marts"),
        "select schema_name || '.' || function_name, parameters, comment from duckdb_functions()"
        " where function_type = 'table_macro' and schema_name in ('household', 'zone', 'responsibility', 'quality')",
    )
    asked = {"households", "causes", "conditions", "measures"}
    names = {f"household.{name}_as_of" for name in asked} | {"household.household_story", "household.household_history"}
    assert {name for name, *_ in told} == names | {"responsibility.assignments_as_of"}
    for name, parameters, comment in told:
        assert isinstance(comment, str), name
        words, _, example = comment.partition(" Example: ")
        assert isinstance(parameters, list)
        assert f"{name}({parameters[0]}" in words
        assert all(f" {parameter} is " in words or f" {parameter} the " in words for parameter in parameters), words
        if "known_at" in parameters:
            assert "Asia/Shanghai" in words
            assert f"{name}(date '" in example
        ask(versions.link(judged.home, "marts"), example)


def test_the_same_night_again_publishes_nothing_new(judged: Judged) -> None:
    before = links(judged.home)
    result = steps.publish(judged.home, judged.settings, judged.night)
    assert result.counts["published"] == 0
    assert "same content" in result.notes[0]
    publish_quality(judged.home, judged.settings, judged.night)  # may be new: it tells of the gates that just ran
    assert {kind: links(judged.home)[kind] for kind in ("marts", "marts_open")} == {
        kind: before[kind] for kind in ("marts", "marts_open")
    }
    assert not list((judged.home.published / ".candidate").iterdir())


def test_an_older_night_is_never_swapped_in(judged: Judged) -> None:
    before = links(judged.home)
    older = judged.night - timedelta(days=1)
    for step in (steps.publish, publish_quality):
        result = step(judged.home, judged.settings, older)
        assert result.counts["published"] == 0
        assert "is newer" in result.notes[0]
    assert links(judged.home) == before


@pytest.mark.parametrize(
    ("tampering", "failing"),
    [
        (
            "update household.households set net_income = net_income + 1 where household_key in"
            " (select min(household_key) from household.households where net_income is not null)",
            {"published-content-is-audited"},
        ),
        ("drop table responsibility.plans", {"published-content-is-audited"}),
    ],
)
def test_marts_changed_after_the_gate_are_not_published(tampering: str, failing: set[str], judged: Judged) -> None:
    before = links(judged.home)
    judged.change(judged.home.warehouse, tampering)
    with pytest.raises(GateFailed) as failure:
        steps.publish(judged.home, judged.settings, judged.night)
    assert {check.check_id for check in failure.value.failures} == failing
    assert failure.value.stage == "published"
    assert links(judged.home) == before
    assert not list((judged.home.published / ".candidate").iterdir())


def test_a_night_without_a_passed_marts_gate_is_not_published(judged: Judged) -> None:
    before = links(judged.home)
    judged.home.lake_file("gate_results", judged.night, "marts").unlink()
    with pytest.raises(GateFailed) as failure:
        steps.publish(judged.home, judged.settings, judged.night)
    assert "published-marts-gate-ran" in {check.check_id for check in failure.value.failures}
    assert links(judged.home) == before


PUBLISHED = {
    "a copy that lost a row": (
        ["delete from household.members where rowid = (select min(rowid) from household.members)"],
        {"published-content-is-audited", "published-tables-equal-warehouse", "published-tells-its-night"},
    ),
    "a copy of quality that differs": (
        ["delete from quality.attempts where rowid = (select min(rowid) from quality.attempts)"],
        {"published-tables-equal-warehouse", "published-tells-its-night"},
    ),
    "a file that says another night": (
        ["update quality.publication set night = night - 1"],
        {"published-tells-its-night"},
    ),
    "an edit of a formula that was published": (
        ["update responsibility.indicators set formula_hash = 'other' where indicator_id = 'county.satisfaction'"],
        {
            "published-content-is-audited",
            "published-tables-equal-warehouse",
            "published-tells-its-night",
            "published-formulas-stand",
        },
    ),
}

DISCLOSURE = {
    "a household key and a resident number in a text": (
        [
            "update zone.zones set source = '513431-00012' where zone_id = (select min(zone_id) from zone.zones)",
            "update zone.zones"
            " set name_en = '11010519491231002X' where zone_id in (select max(zone_id) from zone.zones)",
        ],
        {"disclosure-no-household-key", "disclosure-no-resident-number"},
    ),
    "a column too many": (
        ["alter table zone.area_summary add column helper varchar"],
        {"disclosure-columns-allowed", "disclosure-file-has-columns"},
    ),
    "a restricted zone is named": (
        [
            "update zone.area_summary set area_code = ("
            " select zone_id from read_csv('{seeds}/zones.csv', all_varchar = true) where restricted = 'true' limit 1)"
            " where area_kind = 'nation'"
        ],
        {"disclosure-no-restricted-zone"},
    ),
    "a small cell is shown": (
        ["update zone.cause_profile set main_households = 3 where main_households is null and area_kind = 'nation'"],
        {"disclosure-no-small-cell", "disclosure-no-cell-recovered", "disclosure-hidden-stays-hidden"},
    ),
    "a row that is not there, and tells of nobody": (
        [
            "delete from zone.cause_profile where area_kind = 'province' and cause = '04' and area_code ="
            " (select min(area_code) from zone.cause_profile where area_kind = 'province')"
        ],
        {"disclosure-no-row-missing"},
    ),
    "a count to the very household": (
        ["update zone.poverty_monthly set registered = registered + 1 where area_kind = 'nation'"],
        {"disclosure-counts-in-steps"},
    ),
    "a neighbour that was hidden earlier this month": (
        ["update zone.poverty_monthly set registered = 20 where registered is null and area_kind = 'county'"],
        {"disclosure-hidden-stays-hidden"},
    ),
}


@pytest.fixture
def candidates(judged: Judged) -> Judged:
    """The two files as they stand before the swap."""
    build_candidate(judged.home, judged.settings, judged.night, 7)
    build_open(judged.home, judged.settings, judged.night)
    return judged


def test_the_candidates_as_built_pass(candidates: Judged) -> None:
    assert candidates.failing("published") == set()
    assert candidates.failing("disclosure") == set()


@pytest.mark.parametrize("fault", PUBLISHED)
def test_the_published_gate_fails_on(fault: str, candidates: Judged) -> None:
    statements, expected = PUBLISHED[fault]
    candidates.change(versions.candidate(candidates.home, "marts"), *statements)
    assert candidates.failing("published") == expected


@pytest.mark.parametrize("fault", DISCLOSURE)
def test_the_disclosure_gate_fails_on(fault: str, candidates: Judged) -> None:
    statements, expected = DISCLOSURE[fault]
    seeds = Path(__file__).parents[2] / "dbt_project" / "seeds"
    candidates.change(
        versions.candidate(candidates.home, "marts_open"), *(s.replace("{seeds}", str(seeds)) for s in statements)
    )
    assert expected <= candidates.failing("disclosure")


def test_a_hidden_complement_that_is_shown_again_fails_the_disclosure_gate(candidates: Judged) -> None:
    """Show every cell that is large enough: what was hidden to protect a small neighbour."""
    path = versions.candidate(candidates.home, "marts_open")
    marts = versions.candidate(candidates.home, "marts")
    [(complements,)] = ask(
        path,
        "select count(*) from zone.cause_profile where suppressed and main_households is null and cause <> 'all'",
    )
    assert complements > 0
    candidates.change(
        path,
        f"attach '{marts}' as m (read_only)",
        "update zone.cause_profile as o set main_households = p.main_households from m.zone.cause_profile as p"
        " where o.area_kind = p.area_kind and o.area_code = p.area_code and o.month = p.month"
        " and o.vintage = p.vintage and o.cause = p.cause and p.main_households >= 10",
        "detach m",
    )
    assert candidates.failing("disclosure") & {"disclosure-no-cell-recovered", "disclosure-no-small-remainder"}


def test_the_open_file_holds_aggregates_alone_and_lies_beside_as_parquet(judged: Judged) -> None:
    open_file = versions.link(judged.home, "marts_open")
    tables = {name for (name,) in ask(open_file, "select schema_name || '.' || table_name from duckdb_tables()")}
    assert tables == {table.full_name for table in OPEN_TABLES}
    assert ask(open_file, "select count(*) from duckdb_columns() where column_name like '%household_key%'") == [(0,)]
    [(shown, suppressed)] = ask(
        open_file, "select count(main_households), count(*) filter (where suppressed) from zone.cause_profile"
    )
    assert shown > 0
    assert suppressed > 0
    for table in OPEN_TABLES:
        parquet = judged.home.published / "open" / f"{table.name}.parquet"
        [(same,)] = duckdb.sql(f"select count(*) from '{parquet}'").fetchall()
        assert ask(open_file, f"select count(*) from {table.full_name}") == [(same,)]


def test_a_reader_of_the_marts_reads_on_through_a_publication(judged: Judged) -> None:
    link = versions.link(judged.home, "marts")
    question = "select night, number from quality.publication"
    with duckdb.connect(str(link), read_only=True) as reader:
        before = reader.execute(question).fetchall()
        # A mended macro is published anew within the night: here the file says it had another one.
        version = versions.current(judged.home, "marts")
        assert version is not None
        published = judged.home.published / version.file_name
        assert reader.execute(question).fetchall() == before
        other = judged.home.published / "other.duckdb"
        other.write_bytes(published.read_bytes())
        with duckdb.connect(str(other)) as writer:
            writer.execute("update quality.publication set macros_hash = 'older'")
        other.replace(published)
        result = steps.publish(judged.home, judged.settings, judged.night)
        assert result.counts["published"] == 2
        assert reader.execute(question).fetchall() == before
        with duckdb.connect(str(link), read_only=True) as second:
            assert second.execute(question).fetchall() == [(judged.night, 2)]


def test_a_death_between_the_two_swaps_is_finished_by_the_next_run(judged: Judged) -> None:
    open_before, marts_before = (versions.current(judged.home, kind) for kind in ("marts_open", "marts"))
    assert marts_before is not None
    assert open_before is not None
    half = versions.Version(judged.night, 9, "marts_open")  # the open file of a publication whose marts never came
    (judged.home.published / half.file_name).write_bytes((judged.home.published / open_before.file_name).read_bytes())
    versions.point(judged.home, half)
    assert steps.publish(judged.home, judged.settings, judged.night).counts["published"] == 2
    now = [versions.current(judged.home, kind) for kind in ("marts_open", "marts")]
    assert [version.number for version in now if version] == [10, 10]


def test_quality_is_published_without_a_warehouse(judged: Judged) -> None:
    judged.home.warehouse.unlink()
    with pytest.raises(GateFailed):
        run_gate("marts", judged.home, judged.settings, judged.night)
    result = publish_quality(judged.home, judged.settings, judged.night)
    assert result.counts["published"] == 1
    quality = versions.link(judged.home, "quality")
    assert ask(quality, "select count(*) > 20 from quality.attempts") == [(True,)]
    assert ask(quality, "select count(*) > 10 from quality.findings") == [(True,)]
    [(failed,)] = ask(
        quality,
        "select count(*) from quality.gate_results"
        f" where night = date '{judged.night}' and stage = 'marts' and not success",
    )
    assert failed > 10
    [(built_from,)] = ask(quality, "select built_from from quality.publication")
    assert "from the lake" in str(built_from)


def test_quality_of_a_night_whose_layer_was_not_built_takes_the_ledger_from_the_lake(judged: Judged) -> None:
    night = judged.night + timedelta(days=1)
    attempts = judged.home.lake_file("attempts", night, "0-of-2")
    attempts.parent.mkdir(parents=True)
    old = judged.home.lake_file("attempts", judged.night, "0-of-2")
    duckdb.sql(
        f"copy (select * replace (attempt_id || 'x' as attempt_id, date '{night}' as night) from '{old}')"
        f" to '{attempts}' (format parquet)"
    )
    publish_quality(judged.home, judged.settings, night)
    quality = versions.link(judged.home, "quality")
    [(newest, shaped)] = ask(quality, "select max(night), count(*) filter (where night is null) from quality.attempts")
    assert (newest, shaped) == (date.fromisoformat(str(night)), 0)
    assert ask(quality, "select count(*) > 50 from quality.rules") == [(True,)]
