"""Every expectation type in use, on DuckDB, on one good and one bad table; and one that raises."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import duckdb
import pytest

from expectations import checks
from expectations.checks import Check
from expectations.judge import Verdict, judge
from expectations.results import STAGES

GOOD = "select * from (values ('513431', 5, 5, 'pass'), ('610329', 7, 7, 'hold')) t(scope, received, counted, verdict)"
BAD = "select * from (values ('513431', 5, 4, 'pass'), ('513431', 7, null, null)) t(scope, received, counted, verdict)"

#: One check of each type, with the rows of the bad table that fail it (None: the check is on the table as a whole).
TYPES: list[tuple[Check, int | None]] = [
    (checks.equal("equal", "t", "received", "counted", "", ""), 2),
    (checks.at_least("at-least", "t", "counted", "received", "", ""), 1),  # NULL is passed over: the gate refuses it
    (checks.between("between", "t", "received", 5, 7, "", ""), 0),
    (checks.between("between-bad", "t", "counted", 5, 7, "", ""), 1),
    (checks.filled("filled", "t", "verdict", "", ""), 1),
    (checks.one_of("one-of", "t", "verdict", ["hold"], "", ""), 1),
    (checks.rows_from("rows", "t", 1, None, "", ""), None),
]


def made(folder: Path, query: str) -> Path:
    path = folder / "scratch.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create table t as {query}")
    return path


def verdicts(path: Path, wanted: list[Check]) -> dict[str, Verdict]:
    return {verdict.check_id: verdict for verdict in judge(path, "test", wanted)}


def test_every_type_passes_on_a_good_table(tmp_path: Path) -> None:
    wanted = [check for check, _ in TYPES if check.check_id != "one-of"]
    wanted.append(checks.one_of("one-of", "t", "verdict", ["pass", "hold"], "", ""))
    found = verdicts(made(tmp_path, GOOD), wanted)
    assert {check_id for check_id, verdict in found.items() if not verdict.success} == set()
    assert len(found) == len(wanted)


def test_every_type_fails_on_a_bad_table_with_the_right_count_and_place(tmp_path: Path) -> None:
    found = verdicts(made(tmp_path, BAD), [check for check, _ in TYPES])
    for check, unexpected in TYPES:
        verdict = found[check.check_id]
        assert not verdict.exception, check.check_id
        if unexpected is None:
            continue
        assert verdict.unexpected == unexpected, check.check_id
        assert verdict.success is (unexpected == 0), check.check_id
        assert (verdict.examples is None) is (unexpected == 0), check.check_id
    assert found["equal"].examples == "513431; and 1 more"


def test_row_counts_fail_on_an_empty_table(tmp_path: Path) -> None:
    found = verdicts(
        made(tmp_path, f"select * from ({GOOD}) where false"), [checks.rows_from("rows", "t", 1, None, "", "")]
    )
    assert not found["rows"].success
    assert found["rows"].observed == "0"


def test_an_expectation_that_raises_is_a_failure_and_hides_no_other(tmp_path: Path) -> None:
    wanted = [
        checks.none_of("no-such-column", "t", "nothing_of_this_name", "", ""),
        checks.none_of("no-such-table", "nowhere", "received", "", ""),
        Check("no-such-type", "t", "", "", "", "ExpectTheMoon", {}),
        checks.between("not-comparable", "t", "verdict", 0, 1, "", ""),
        checks.rows_from("fine", "t", 1, None, "", ""),
    ]
    found = verdicts(made(tmp_path, GOOD), wanted)
    assert [check_id for check_id, verdict in found.items() if verdict.exception] == [
        "no-such-column",
        "no-such-table",
        "no-such-type",
        "not-comparable",
    ]
    assert found["fine"].success
    assert not any(verdict.success for check_id, verdict in found.items() if check_id != "fine")


def test_the_scratch_file_is_free_again_and_was_not_written(tmp_path: Path) -> None:
    path = made(tmp_path, GOOD)
    before = path.read_bytes()
    verdicts(path, [TYPES[0][0]])
    assert path.read_bytes() == before
    with duckdb.connect(str(path)) as writer:  # the same process may open it for writing
        writer.execute("insert into t values ('x', 1, 1, 'pass')")


@pytest.mark.parametrize("stage", STAGES)
def test_no_suite_uses_a_type_that_is_not_tested_here(stage: str) -> None:
    suites = import_module(f"expectations.suites.{stage}")
    used = {check.expectation for check in [*suites.blocking(), *suites.advisory()]}
    assert used
    assert used <= {check.expectation for check, _ in TYPES}


@pytest.mark.parametrize("stage", STAGES)
def test_check_ids_are_unique_and_every_check_reads_a_measured_table(stage: str) -> None:
    suites = import_module(f"expectations.suites.{stage}")
    all_checks = [*suites.blocking(), *suites.advisory()]
    ids = [check.check_id for check in all_checks]
    assert len(ids) == len(set(ids))
    assert {check.table for check in all_checks} == set(suites.MEASURES)
    assert all(check.description and check.todo for check in all_checks)
