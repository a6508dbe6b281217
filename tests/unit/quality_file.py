"""A quality.duckdb made by hand, with the columns that letters and board read, for their tests."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from include.files import point_symlink

NIGHT = date(2026, 11, 21)
LAST_NIGHT = date(2026, 11, 20)

TABLES = {
    "reporting": "night date, submitter varchar, submitter_kind varchar, county_id varchar, state varchar, "
    "outcome varchar, reason varchar, later_outcome varchar, later_reason varchar, withdrawn integer, waiting integer",
    "attempts": "attempt_id varchar, submitter varchar, submitter_kind varchar, county_id varchar, number integer, "
    "night date, arrived_at timestamp, package varchar, sha256 varchar, nothing_due boolean, refusal varchar, "
    "state varchar, reason varchar, received bigint, accepted bigint, held bigint, rejected bigint, "
    "withdrawn_night date, kind varchar, as_of date",
    "files": "attempt_id varchar, submitter varchar, night date, dataset varchar, file varchar, layout_rows bigint, "
    "format varchar, encoding varchar, header_row integer, skipped varchar[], converted_columns varchar[], "
    "received_rows bigint, forbidden_columns varchar[], unknown_columns varchar[], missing_columns varchar[], "
    "readable boolean, refusal varchar",
    "attempt_datasets": "attempt_id varchar, submitter varchar, night date, dataset varchar, received bigint, "
    "accepted bigint, held bigint, rejected bigint",
    "findings": "finding_id varchar, rule varchar, severity varchar, trial boolean, submitter varchar, "
    "county_id varchar, attempt_id varchar, dataset varchar, file varchar, row bigint, "
    'household_key varchar, "column" varchar, value_class varchar, detail varchar, state varchar, '
    "is_open boolean, first_night date, last_night date, cleared_night date, explained_night date, closed_night date",
    "held_households": "household_key varchar, attempt_id varchar, provisional boolean, held_since_night date, "
    "held_days integer, decide_by date, decision_overdue boolean, held_datasets varchar, held_by varchar",
    "releases": "attempt_id varchar, county_id varchar, answer varchar, decided_by varchar, decided_at timestamp, "
    "reason varchar, night date, taken_night date, rows_taken bigint",
    "gate_results": "night date, stage varchar, suite varchar, check_id varchar, description varchar, success boolean, "
    "observed varchar, expected varchar, unexpected bigint, severity varchar, exception boolean, examples varchar, "
    "todo varchar",
    "verdicts": "night date, submitter varchar, county_id varchar, attempt_id varchar, rule varchar, verdict varchar, "
    "measured double, threshold double",
    "county_scorecards": "night date, county_id varchar, indicator_id varchar, dimension varchar, indicator varchar, "
    "name_zh varchar, name_en varchar, numerator bigint, denominator bigint, weight double, "
    "points double",
    "county_scores": "night date, county_id varchar, score double",
    "rules": "rule varchar, severity varchar, title_zh varchar, title_en varchar, mend_zh varchar, mend_en varchar, "
    "why varchar, trial boolean",
}


OPEN_TABLES = {
    "quality.publication": "night date, known_at timestamp, number integer, mark varchar",
    "zone.zones": "zone_id varchar, name_zh varchar, name_en varchar, kind varchar",
    "zone.poverty_monthly": "area_kind varchar, area_code varchar, month date, vintage varchar, weight varchar, "
    "registered bigint, share_of_registered_below_line double",
    "zone.area_summary": "area_kind varchar, area_code varchar, households bigint, persons bigint, "
    "households_in_need bigint",
    "zone.cause_profile": "area_kind varchar, area_code varchar, month date, vintage varchar, cause varchar, "
    "cause_zh varchar, cause_en varchar, main_households bigint, main_percent double",
    "responsibility.duty_gap_counts": "area_kind varchar, area_code varchar, gap varchar, households bigint",
    "responsibility.promise_counts": "scheme varchar, area_kind varchar, area_code varchar, indicator varchar, "
    "kept bigint, short bigint, running bigint, sides_differ bigint, one_side_alone bigint, told_twice bigint",
    "responsibility.designations": "designation_id varchar, unit_name varchar, helped_place_code varchar, "
    "to_date date, state varchar, days_without integer",
    "zone.experiences": "experience_key varchar, submitter varchar, title varchar, measure_code varchar, "
    "measure_zh varchar, measure_en varchar, cause varchar, cause_zh varchar, cause_en varchar, place_code varchar, "
    "from_date date, what_was_done varchar, how_it_was_done varchar, result varchar, unit_name varchar",
    "zone.experience_zones": "experience_key varchar, zone_id varchar, cause_rank bigint",
    "zone.practices": "measure_code varchar, measure_zh varchar, measure_en varchar, income_year integer, "
    "grade varchar, finding varchar, refused_because varchar, whole_effect bigint, whole_low bigint, whole_high bigint",
}


def write_open_file(published: Path, night: date, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Write marts_open of a night with these rows by table, and point marts_open.duckdb to it."""
    published.mkdir(parents=True, exist_ok=True)
    path = published / f"marts_open-{night:%Y-%m-%d}-1.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema quality")
        connection.execute("create schema zone")
        connection.execute("create schema responsibility")
        for table, columns in OPEN_TABLES.items():
            connection.execute(f"create table {table} ({columns})")
            for row in rows.get(table, []):
                connection.execute(f"insert into {table} values ({', '.join('?' for _ in row)})", list(row))
    point_symlink(published / "marts_open.duckdb", path.name)


def three_counties() -> QualityFile:
    """A night of three counties in two provinces: one taken in part, one missing, one clean."""
    quality = QualityFile()
    for county, state in (("513431", "received"), ("513432", "missing"), ("533123", "received")):
        quality.account(county, state=state)
    quality.attempt("513431", "partly_accepted", {"households": (1997, 3, 0), "persons": (5990, 8, 2)})
    quality.attempt("533123", "accepted", {"households": (1500, 0, 0)})
    quality.rule("household-missing-village")
    return quality


class QualityFile:
    """Rows by table name; `write` makes published/quality.duckdb of them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}

    def add(self, table: str, **row: Any) -> None:
        """One row; columns that are not given are null."""
        self.rows[table].append(row)

    def account(self, submitter: str, kind: str = "county", state: str = "reported", **more: Any) -> None:
        """An inbox account of the night; its outcome is the state of its one package, unless the test says it."""
        usual = {"night": NIGHT, "submitter": submitter, "submitter_kind": kind, "county_id": submitter}
        self.add("reporting", **(usual | {"state": state, "withdrawn": 0, "waiting": 0} | more))

    def attempt(self, submitter: str, state: str, counts: dict[str, tuple[int, int, int]], **more: Any) -> None:
        """A package of tonight with accepted, held and rejected rows by dataset; each file has two layout rows."""
        attempt_id = f"{submitter}-00002"
        accepted, held, rejected = (sum(taken[index] for taken in counts.values()) for index in range(3))
        self.add(
            "attempts",
            received=accepted + held + rejected,
            accepted=accepted,
            held=held,
            rejected=rejected,
            attempt_id=attempt_id,
            submitter=submitter,
            submitter_kind="county",
            county_id=submitter,
            arrived_at=datetime(2026, 11, 21, 21, 30),  # noqa: DTZ001  Shanghai, as the ledger keeps it
            package="2026-11-21",
            sha256="c0ffee" + "0" * 58,
            nothing_due=False,
            state=state,
            **({"number": 2, "night": NIGHT} | more),
        )
        for dataset, (accepted, held, rejected) in counts.items():
            received = accepted + held + rejected
            where = {"attempt_id": attempt_id, "submitter": submitter, "night": NIGHT, "dataset": dataset}
            taken = {"received": received, "accepted": accepted, "held": held, "rejected": rejected}
            self.add("attempt_datasets", **where, **taken)
            self.add("files", **where, file=f"{dataset}.csv", layout_rows=2, received_rows=received, readable=True,
                     format="csv", encoding="gb18030", header_row=2, skipped=["title 1", "total 1"])  # fmt: skip

    def finding(self, submitter: str, rule: str, row: int | None, **more: Any) -> None:
        """A finding of tonight in households.csv, new unless said."""
        values = {
            "finding_id": f"{submitter}{rule}{row or 0:06d}{more.get('column', '')}",
            "severity": "must_fix",
            "trial": False,
            "dataset": "households",
            "file": "households.csv",
            "household_key": f"{submitter}-H{row:05d}" if row else None,
            "column": "village_code",
            "value_class": "missing",
            "state": "new",
            "first_night": NIGHT,
            "last_night": NIGHT,
        }
        fixed = {"submitter": submitter, "county_id": submitter, "rule": rule, "row": row}
        told = values | fixed | more
        ends = [told[end] for end in ("cleared_night", "explained_night") if told.get(end)]
        closed = told["first_night"] if told["state"] == "ours" else min(ends, default=None)
        assert (closed is None) == (told["state"] in ("new", "standing")), "say on which night it was closed"
        self.add("findings", **told, is_open=closed is None, closed_night=closed)

    def score(self, county: str, night: date, validity: float, speed: float | None = None) -> None:
        """A scorecard of two indicators, of 15 points each; without faults nothing is due to be mended."""
        for dimension, points in (("validity", validity), ("correction_speed", speed)):
            names = {"name_zh": f"指标{dimension}", "name_en": f"indicator {dimension}", "indicator": dimension}
            counts = {} if points is None else {"numerator": round(points * 10), "denominator": 150}
            self.add("county_scorecards", night=night, county_id=county, indicator_id=f"{dimension}.x",
                     dimension=dimension, weight=15, points=points, **names, **counts)  # fmt: skip
        told = [points for points in (validity, speed) if points is not None]
        self.add("county_scores", night=night, county_id=county, score=100 * sum(told) / (15 * len(told)))

    def gate(self, stage: str, check_id: str, success: bool = True, suite: str = "blocking") -> None:
        """A check of a gate tonight."""
        self.add(
            "gate_results",
            night=NIGHT,
            stage=stage,
            suite=suite,
            check_id=check_id,
            description=f"description of {check_id}",
            success=success,
            severity="critical" if suite == "blocking" else "warning",
            observed="19998",
            expected="20000",
            exception=False,
            todo=f"todo of {check_id}",
        )

    def held(
        self, submitter: str, row: int, since: date, provisional: bool = False, held_by: str | None = None
    ) -> None:
        """A household that is held since a night, with the fortnight after which a person decides."""
        self.add(
            "held_households",
            household_key=f"{submitter}-H{row:05d}",
            attempt_id=f"{submitter}-00002",
            held_since_night=since,
            decide_by=since + timedelta(days=14),
            provisional=provisional,
            held_by=held_by,
        )

    def rule(self, rule: str, severity: str = "must_fix") -> None:
        """A rule of the catalogue with words that a test can find again."""
        self.add(
            "rules",
            rule=rule,
            severity=severity,
            title_zh=f"题目 {rule}",
            title_en=f"title of {rule}",
            mend_zh=f"修正 {rule}",
            mend_en=f"mend of {rule}",
            why=f"reason of {rule}",
        )

    def _complete(self) -> None:
        """Say of each account what the model quality__reporting would say where one package came, or none."""
        for account in self.rows["reporting"]:
            if account.get("outcome"):
                continue
            came = [
                attempt
                for attempt in self.rows["attempts"]
                if (attempt["submitter"], attempt["night"]) == (account["submitter"], account["night"])
            ]
            assert len(came) < 2, f"of several packages of {account['submitter']} say the outcome"
            account["outcome"] = account["state"]
            for attempt in came:
                said_nothing = attempt["nothing_due"] and attempt["state"] == "accepted"
                account["outcome"] = "nothing_due" if said_nothing else attempt["state"]
                account["reason"] = attempt.get("reason") or attempt.get("refusal")

    def write(self, published: Path) -> Path:
        """Write the file as it is published: under its night, with quality.duckdb pointing to it."""
        published.mkdir(parents=True, exist_ok=True)
        path = published / f"quality-{NIGHT:%Y-%m-%d}-1.duckdb"
        point_symlink(published / "quality.duckdb", path.name)
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema quality")
            for table, columns in TABLES.items():
                connection.execute(f"create table quality.{table} ({columns})")
                if table == "reporting":
                    self._complete()
                names = [part.strip().split(" ")[0].strip('"') for part in columns.split(",")]
                if self.rows[table]:
                    marks = ", ".join("?" for _ in names)
                    values = [[row.get(name) for name in names] for row in self.rows[table]]
                    connection.executemany(f"insert into quality.{table} values ({marks})", values)
        return path
