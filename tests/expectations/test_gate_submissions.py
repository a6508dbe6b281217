"""The submissions gate counts the lake's files themselves: each kind of damage fails the check that is there for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path

import duckdb
import pytest

from expectations.gate import GateFailed, run_gate
from expectations.suites import submissions
from tests.expectations.conftest import Judged


def largest(judged: Judged, kind: str, dataset: str | None = None) -> Path:
    """The largest file of a kind on the night: it certainly has rows."""
    pattern = judged.home.lake_glob(kind, dataset, judged.night)
    return max(Path(pattern).parent.glob("*.parquet"), key=lambda path: path.stat().st_size)


def cut(kind: str, dataset: str) -> Callable[[Judged], None]:
    return lambda judged: judged.rewrite(largest(judged, kind, dataset), "select * from {file} offset 1")


def rewritten(kind: str, query: str, dataset: str | None = None) -> Callable[[Judged], None]:
    return lambda judged: judged.rewrite(largest(judged, kind, dataset), query)


def without_a_batch(judged: Judged) -> None:
    judged.home.lake_file("attempts", judged.night, "1-of-2").unlink()


def every_visit_is_hit(judged: Judged) -> None:
    """A rule finds something in every row of the largest file of visits of the night."""
    files = judged.home.lake_glob("files", night=judged.night)
    submitter, attempt, rows = duckdb.sql(
        f"select submitter, attempt_id, received_rows from '{files}' where dataset = 'visits' and readable"
        " order by received_rows desc limit 1"
    ).fetchall()[0]
    hits = (
        f"select 'exit-without-decision' as rule, 'explain' as severity, false as trial, '{submitter}' as submitter,"
        f" '{attempt}' as attempt_id, date '{judged.night}' as night, 'visits' as dataset, 'visits.csv' as file,"
        f' unnest(range(2, 2 + {rows})) as "row"'
    )
    judged.rewrite(largest(judged, "findings_check"), f"select * from {{file}} union all by name {hits}")


FAULTS: dict[str, tuple[Callable[[Judged], None], set[str]]] = {
    "an accepted file is cut by a row": (
        cut("accepted", "visits"),
        {"submissions-received-accounted", "submissions-accounts-agree"},
    ),
    "a held file is cut by a row": (
        cut("held", "persons"),
        {"submissions-received-accounted", "submissions-accounts-agree"},
    ),
    "a read file is cut by a row": (cut("read", "persons"), {"submissions-received-read"}),
    "a row is doubled": (
        rewritten("accepted", "from {file} union all (from {file} limit 1)", "visits"),
        {"submissions-received-accounted", "submissions-accounts-agree", "submissions-keys-unique"},
    ),
    "a row of an attempt of an earlier night comes in that nobody released": (
        rewritten(
            "accepted",
            "from {file} union all (select * replace ('513431-99999' as attempt_id) from {file} limit 1)",
            "visits",
        ),
        {"submissions-released-agree", "submissions-released-decided"},
    ),
    "judge counted wrongly": (
        rewritten("conservation", "select * replace (accepted + 1 as accepted) from {file}"),
        {"submissions-accounts-agree"},
    ),
    "a verdict is missing": (
        rewritten("verdicts", "select * from {file} where rule <> 'breaker-rekeyed'"),
        {"submissions-verdicts-complete"},
    ),
    "a verdict is neither pass nor hold": (
        rewritten("verdicts", "select * replace ('maybe' as verdict) from {file}"),
        {"submissions-verdicts-known"},
    ),
    "an attempt has no state": (
        rewritten("attempt_states", "select * from {file} offset 1"),
        {"submissions-attempts-have-a-state"},
    ),
    "a finding of no known rule and severity": (
        rewritten("findings_check", "select * replace ('made-up' as rule, 'fatal' as severity) from {file}"),
        {"submissions-findings-rule-known", "submissions-findings-severity-known"},
    ),
    "the person hash strays": (
        rewritten("accepted", "select *, 'x' as person_key from {file}", "households"),
        {"submissions-hash-in-its-place"},
    ),
    "a name reaches the lake": (
        rewritten("read", "select *, 'x' as full_name, 'y' as resident_number from {file}", "persons"),
        {"submissions-no-direct-identifier"},
    ),
}


def test_the_lake_as_received_passes(judged: Judged) -> None:
    assert judged.failing("submissions") == set()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_gate_fails_when(fault: str, judged: Judged) -> None:
    damage, expected = FAULTS[fault]
    damage(judged)
    assert judged.failing("submissions") == expected


def test_a_batch_that_was_never_received_is_named(judged: Judged) -> None:
    without_a_batch(judged)
    with pytest.raises(GateFailed) as failure:
        run_gate("submissions", judged.home, judged.settings, judged.night)
    by_id = {check.check_id: check for check in failure.value.failures}
    assert by_id["submissions-batches-closed"].examples == "batch 1-of-2"


def test_the_summary_says_what_where_since_when_and_what_to_do_without_a_value(judged: Judged) -> None:
    file = largest(judged, "accepted", "visits")
    attempt, household = duckdb.sql(f"select attempt_id, household_key from '{file}' limit 1").fetchall()[0]
    judged.rewrite(file, "select * from {file} offset 1")
    with pytest.raises(GateFailed) as failure:
        run_gate("submissions", judged.home, judged.settings, judged.night)
    text = str(failure.value)
    assert "received = accepted + held + rejected" in text
    assert f"where: {attempt} visits" in text
    assert "new tonight" in text
    assert "Blocked: the build of the warehouse" in text
    assert "docs/runbooks/gate-submissions.md" in text
    assert household not in text


ADVICE: dict[str, tuple[Callable[[Judged], None], str]] = {
    "submissions-accounts-kept": (
        rewritten("accounts", "select * from {file} where submitter <> (select min(submitter) from {file})"),
        "account ",
    ),
    "submissions-after-cut-off": (
        rewritten("accounts", "select * replace (looked_at - interval 1 hour as looked_at) from {file}"),
        "night",
    ),
    "submissions-hits-usual": (every_visit_is_hit, "visits exit-without-decision"),
}


@pytest.mark.parametrize("check", ADVICE)
def test_what_differs_from_earlier_nights_is_advice_and_stops_nothing(check: str, judged: Judged) -> None:
    damage, where = ADVICE[check]
    assert not any(check in note for note in run_gate("submissions", judged.home, judged.settings, judged.night).notes)
    damage(judged)
    (note,) = [
        note for note in run_gate("submissions", judged.home, judged.settings, judged.night).notes if check in note
    ]
    assert where in note


def test_an_office_that_does_not_report_is_advice_and_stops_nothing(judged: Judged) -> None:
    night = judged.night + timedelta(days=1)
    target = judged.home.lake_file("accounts", night, "0-of-2")
    target.parent.mkdir(parents=True)
    source = largest(judged, "accounts")
    duckdb.sql(f"copy (select * replace (date '{night}' as night) from '{source}') to '{target}' (format parquet)")
    kinds = ("attempts", "findings_receive", "findings_check", "attempt_states")
    for kind, batch in product(kinds, ("0-of-2", "1-of-2")):
        empty = judged.home.lake_file(kind, night, batch)
        empty.parent.mkdir(parents=True, exist_ok=True)
        old = judged.home.lake_file(kind, judged.night, batch)
        duckdb.sql(f"copy (select * from '{old}' where false) to '{empty}' (format parquet)")
    result = run_gate("submissions", judged.home, judged.settings, night)
    assert result.counts["advice"] >= 2
    assert any("submissions-reporting-share" in note for note in result.notes)
    assert any("submissions-province-silent" in note for note in result.notes)


def test_every_blocking_check_is_shown_to_fail() -> None:
    caught = set().union(*(expected for _, expected in FAULTS.values())) | {"submissions-batches-closed"}
    untested = {check.check_id for check in submissions.blocking()} - caught
    # A dated share that stops the night is in no seed so far; the row count guards against an empty measure.
    assert untested == {"submissions-reporting-stop", "submissions-accounts-known"}
