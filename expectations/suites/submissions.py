"""submissions: every row that came in is somewhere, and every package and county has an answer.

Counted from the Parquet files themselves at gate time, so that a file cut by one row fails the night.
"""

from __future__ import annotations

from expectations import before
from expectations.checks import Check, at_least, equal, none_of, one_of, rows_from
from expectations.measure import Measure, Scratch, lake, standard
from include.contract import contracts
from include.contract.words import SEVERITIES
from include.duck import literal
from include.home import batch_names
from include.intake import release
from include.intake.decided import files
from include.rules.catalogue import catalogue

_FATES = ("accepted", "held", "rejected")
_OF_EACH_BATCH = ("attempts", "findings_receive", "findings_check", "attempt_states")
"""Files that receive, check and judge write for each batch, also when there is nothing to write into them."""
VERDICTS = ["pass", "hold"]

_RECOUNT = (
    "A file of the lake was cut, lost or doubled: run check and judge of this night's batch again, then this gate"
)


def breakers() -> list[str]:
    """Rules that give each county attempt a verdict."""
    return sorted(rule.id for rule in catalogue() if rule.kind == "county" and rule.severity == "must_fix")


def blocking() -> list[Check]:
    """What stops the build of the warehouse."""
    return [
        none_of(
            "submissions-batches-closed", "batches", "missing",
            "Every batch of the night is in the ledger, checked and judged: none of its files is missing",
            "Run receive, check and judge of the batch named",
        ),
        equal(
            "submissions-received-accounted", "conservation", "received", "accounted",
            "received = accepted + held + rejected, row for row, for every attempt and dataset", _RECOUNT,
        ),
        equal(
            "submissions-received-read", "conservation", "received", "read_rows",
            "Every received row was read: received = rows in lake/read", _RECOUNT,
        ),
        equal(
            "submissions-accounts-agree", "conservation", "accounted", "stated",
            "The rows in the files are as many as judge counted", _RECOUNT,
        ),
        equal(
            "submissions-released-agree", "released", "came", "stated",
            "Of an attempt of an earlier night comes in what a release or a withdrawal brings, as judge recorded",
            _RECOUNT,
        ),
        none_of(
            "submissions-released-decided", "released", "undecided",
            "A person's decision or the office's withdrawal stands behind every attempt of which rows came in again",
            "Stop: find out which step wrote lake/released or restated; rows came in that nobody asked for",
        ),
        none_of(
            "submissions-keys-unique", "keys", "repeated",
            "No key comes twice in the accepted rows of one attempt",
            "A rule let a repeated key pass: look at key-duplicated for the dataset named, then judge the batch again",
        ),
        equal(
            "submissions-verdicts-complete", "verdicts", "given", "due",
            "Each county attempt that was read has one verdict for each breaker rule", "Run judge of the batch again",
        ),
        one_of(
            "submissions-verdicts-known", "verdict_values", "verdict", VERDICTS,
            "A verdict is pass or hold", "Mend include/intake/judge.py",
        ),
        equal(
            "submissions-attempts-have-a-state", "states", "given", "due",
            "Every attempt of the night has exactly one state", "Run judge of the batch again",
        ),
        one_of(
            "submissions-findings-rule-known", "finding_kinds", "rule", sorted(rule.id for rule in catalogue()),
            "Every finding names a rule of the catalogue", "Add the rule to include/rules/catalogue or mend its id",
        ),
        one_of(
            "submissions-findings-severity-known", "finding_kinds", "severity", list(SEVERITIES),
            "Every finding has a known severity", "Mend the severity of the rule named",
        ),
        none_of(
            "submissions-hash-in-its-place", "lake_columns", "misplaced_hash",
            "The person hash is in the datasets that have a resident number, and nowhere else in the lake",
            "Stop: remove the column from the lake, find the step that wrote it; see the runbook",
        ),
        none_of(
            "submissions-no-direct-identifier", "lake_columns", "direct_identifier",
            "No column of the lake is a resident number, name, phone, account or another forbidden one",
            "Stop: remove the column from the lake, find the step that wrote it; see the runbook",
        ),
        at_least(
            "submissions-reporting-stop", "reporting", "share", "stop",
            "The share of accounts that reported is not below the dated nationwide share that stops the night, if any",
            "Ask the missing offices; the share is reporting_rate_stop_nationwide in standards.csv",
        ),
        rows_from(
            "submissions-accounts-known", "reporting", 1, 1,
            "The night knows who was expected to report", "Run receive of every batch: accounts come from the inbox",
        ),
    ]  # fmt: skip


def advisory() -> list[Check]:
    """What a person should look at in the morning; nothing waits for it."""
    return [
        at_least(
            "submissions-reporting-share", "reporting", "share", "minimum",
            "The share of accounts that reported reaches the standard for a national picture",
            "Ask the missing and the refused offices; say in the morning's figures that the picture is not national",
        ),
        none_of(
            "submissions-county-wholly-held", "held_by_county", "wholly_held",
            "No county has every row of the night held or rejected", "Call the county: the whole file may be broken",
        ),
        none_of(
            "submissions-province-silent", "reporting_by_province", "silent",
            "No province is without any report", "Ask the province: its line may be down",
        ),
        *before.of_submissions(),
    ]  # fmt: skip


def prepare(scratch: Scratch) -> None:
    """Create views of the night's ledger on the scratch connection."""
    kinds = {
        "attempts": {
            "attempt_id": "varchar", "submitter": "varchar", "submitter_kind": "varchar", "night": "date",
            "nothing_due": "boolean", "readable": "boolean",
        },
        "accounts": {"submitter": "varchar", "submitter_kind": "varchar"},
        "files": {"attempt_id": "varchar", "dataset": "varchar", "received_rows": "bigint", "readable": "boolean"},
        "verdicts": {"attempt_id": "varchar", "rule": "varchar", "verdict": "varchar"},
        "conservation": {"attempt_id": "varchar", "dataset": "varchar", "accepted": "bigint", "held": "bigint",
                         "rejected": "bigint"},
        "attempt_states": {"attempt_id": "varchar", "state": "varchar"},
    }  # fmt: skip
    for kind, columns in kinds.items():
        scratch.connection.execute(f"create temp view lake_{kind} as select * from {lake(scratch, kind, columns)}")
    findings = {"rule": "varchar", "severity": "varchar"}
    both = " union all ".join(
        f"select * from {lake(scratch, k, findings)}" for k in ("findings_receive", "findings_check")
    )
    scratch.connection.execute(f"create temp view lake_findings as {both}")
    for kind in ("read", *_FATES):
        scratch.connection.execute(f"create temp table rows_{kind} as {_counted(scratch, kind)}")


def _counted(scratch: Scratch, kind: str) -> str:
    """Rows of the night in the files of one kind, by attempt and dataset: the files are read, no ledger is trusted."""
    files = sorted((scratch.home.lake / kind).glob(f"*/night={scratch.night:%Y-%m-%d}/*.parquet"))
    if not files:
        return "select cast(null as varchar) as attempt_id, cast(null as varchar) as dataset, 0 as n where false"
    listed = ", ".join(literal(file.absolute()) for file in files)
    # .../lake/<kind>/<dataset>/night=D/<batch>.parquet
    return (
        "select attempt_id, parse_path(filename)[-3] as dataset, count(*) as n"
        f" from read_parquet([{listed}], union_by_name = true, hive_partitioning = false, filename = true) group by all"
    )


def _batches(scratch: Scratch) -> str:
    rows = []
    for batch in batch_names(scratch.settings.batches):
        files = (scratch.home.lake_file(kind, scratch.night, batch) for kind in _OF_EACH_BATCH)
        missing = int(not all(file.exists() for file in files))
        rows.append(f"({literal('batch ' + batch)}, {missing})")
    return f"select * from (values {', '.join(rows)}) as t(scope, missing)"


def _conservation(_: Scratch) -> str:
    kinds = ("read", *_FATES)
    tonight = "semi join lake_attempts using (attempt_id)"
    from_files = [f"union all select attempt_id, dataset, '{kind}', n from rows_{kind} {tonight}" for kind in kinds]
    counts = ", ".join(
        f"sum(n) filter (where kind = '{kind}') as {kind}" for kind in ("received", "read", *_FATES, "stated")
    )
    return f"""
        with counted as (
            select f.attempt_id, f.dataset, 'received' as kind, coalesce(f.received_rows, 0) as n
            from lake_files as f inner join lake_attempts as a using (attempt_id)
            where a.readable and f.readable and f.dataset is not null
            {" ".join(from_files)}
            union all select attempt_id, dataset, 'stated', accepted + held + rejected from lake_conservation
        )
        select attempt_id || ' ' || dataset as scope,
            coalesce(received, 0) as received, coalesce(read, 0) as read_rows, coalesce(stated, 0) as stated,
            coalesce(accepted, 0) + coalesce(held, 0) + coalesce(rejected, 0) as accounted
        from (select attempt_id, dataset, {counts} from counted group by attempt_id, dataset)
        order by scope
    """


def _released(scratch: Scratch) -> str:
    """Rows in the night's files whose attempt is of an earlier night.

    Only a person's release brings such, and a withdrawal, after which what stood before stands again.
    """
    decisions = files(scratch.home, release.KIND, scratch.night)
    listed = ", ".join(literal(file) for file in decisions)
    decided = f"select attempt_id from read_parquet([{listed}]) where answer = 'release'" if decisions else "select ''"
    columns = {"attempt_id": "varchar", "dataset": "varchar", "rows": "bigint"}
    taken = " union all ".join(f"select * from {lake(scratch, kind, columns)}" for kind in ("released", "restated"))
    stated = f"(select attempt_id, dataset, sum(rows) as rows from ({taken}) group by all)"
    withdrawn = lake(scratch, "withdrawals", {"attempt_id": "varchar"})
    restated = lake(scratch, "restated", {"attempt_id": "varchar", "withdrawn": "varchar"})
    counted = " union all ".join(f"select * from rows_{kind}" for kind in ("read", *_FATES))
    return f"""
        with came as (
            select attempt_id, dataset, sum(n) as came from ({counted}) anti join lake_attempts using (attempt_id)
            group by all
        )
        select attempt_id || ' ' || dataset as scope, coalesce(came, 0) as came, coalesce(s.rows, 0) as stated,
            cast(attempt_id not in ({decided}) and attempt_id not in (
                select r.attempt_id from {restated} as r inner join {withdrawn} as w on r.withdrawn = w.attempt_id
            ) as integer) as undecided
        from came full join {stated} as s using (attempt_id, dataset) order by scope
    """


def _keys(scratch: Scratch) -> str:
    parts = ["select '' as scope, 0 as repeated where false"]
    for name, contract in contracts().items():
        columns = {"attempt_id": "varchar"} | {key: contract.column(key).physical_type for key in contract.key}
        source = lake(scratch, "accepted", columns, name)
        listed = ", ".join(f'"{column}"' for column in columns)
        parts.append(
            f"select attempt_id || ' {name}', cast(sum(n) - count(*) as bigint) from"
            f" (select attempt_id, count(*) as n from {source} group by {listed}) group by attempt_id"
        )
    return " union all ".join(parts)


def _verdicts(_: Scratch) -> str:
    rules = ", ".join(literal(rule) for rule in breakers())
    return f"""
        with due as (
            select a.attempt_id, b.rule from lake_attempts as a cross join (select unnest([{rules}]) as rule) as b
            where a.submitter_kind = 'county' and a.readable and not coalesce(a.nothing_due, false)
        ),
        given as (select attempt_id, rule, count(*) as n from lake_verdicts where rule in ({rules}) group by all)
        select d.attempt_id || ' ' || d.rule as scope, 1 as due, coalesce(g.n, 0) as given
        from due as d left join given as g using (attempt_id, rule) order by scope
    """


def _states(_: Scratch) -> str:
    return """
        select a.attempt_id as scope, 1 as due, count(s.attempt_id) filter (where s.state is not null) as given
        from lake_attempts as a left join lake_attempt_states as s using (attempt_id)
        group by a.attempt_id order by scope
    """


_AFTER_THE_GATE = ("gate_results", "alert_history")
"""Kinds of the lake that are ours and are written later in the night: run again, the gate looks at the same files."""


def _lake_columns(scratch: Scratch) -> str:
    files = sorted(scratch.home.lake.glob(f"*/night={scratch.night:%Y-%m-%d}/*.parquet"))
    files += sorted(scratch.home.lake.glob(f"*/*/night={scratch.night:%Y-%m-%d}/*.parquet"))
    files = [file for file in files if file.parts[-3] not in _AFTER_THE_GATE]
    if not files:
        return "select '' as scope, 0 as misplaced_hash, 0 as direct_identifier where false"
    hashed = [name for name, contract in contracts().items() if any(column.hashed for column in contract.columns)]
    listed = ", ".join(literal(file.absolute()) for file in files)
    folder = len(scratch.home.lake.absolute().parts) + 1
    allowed = ", ".join(literal(name) for name in hashed)
    return f"""
        with columns as (
            select distinct name,
                parse_path(file_name)[{folder}] as kind, parse_path(file_name)[{folder} + 1] as dataset
            from parquet_schema([{listed}])
        )
        select concat_ws(' ', kind, dataset, name) as scope,
            cast(
                name = 'person_key' and not (kind in ('read', 'accepted', 'held') and dataset in ({allowed})) as integer
            ) as misplaced_hash,
            cast({identifier("name")} as integer) as direct_identifier
        from columns order by scope
    """


def identifier(column: str) -> str:
    """SQL that is true when a column's name is that of a direct identifier or of a forbidden attribute of people."""
    words = (
        "resident_number|id_number|id_card|identity_number|person_name|full_name|head_name|member_name|phone|mobile|"
        "telephone|bank_account|account_number|ethnicity|nationality|religion|political_status|address"
    )
    return f"regexp_full_match({column}, '(.*_)?({words})(_.*)?')"


def _reporting(scratch: Scratch) -> str:
    minimum = standard("reporting_rate_min_nationwide", scratch.night)
    stop = standard("reporting_rate_stop_nationwide", scratch.night)
    return f"""
        select 'nation' as scope, count(*) as accounts, {_SHARE} as share,
            coalesce({minimum}, 0) as minimum, coalesce({stop}, 0) as stop
        from lake_accounts as a having count(*) > 0
    """


#: Share of the counties and provinces expected that sent something that could be read, or said that nothing is due.
_SHARE = """avg(cast(exists (
    select 1 from lake_attempts as t where t.submitter = a.submitter and t.readable) as integer))"""


def _reporting_by_province(_: Scratch) -> str:
    return f"""
        select 'province ' || left(submitter, 2) as scope, {_SHARE} as share, cast({_SHARE} = 0 as integer) as silent
        from lake_accounts as a where submitter_kind in ('county', 'province')
        group by left(submitter, 2) order by scope
    """


def _held_by_county(_: Scratch) -> str:
    return """
        with counted as (
            select attempt_id, n as rows, 0 as taken from rows_read
            union all select attempt_id, 0, n from rows_accepted
        )
        select 'county ' || a.submitter as scope,
            cast(sum(c.rows) - sum(c.taken) as double) / greatest(sum(c.rows), 1) as held_share,
            cast(sum(c.taken) = 0 and sum(c.rows) > 0 as integer) as wholly_held
        from counted as c inner join lake_attempts as a using (attempt_id)
        where a.submitter_kind = 'county' group by a.submitter order by scope
    """


MEASURES: dict[str, Measure] = {
    "batches": _batches,
    "conservation": _conservation,
    "released": _released,
    "keys": _keys,
    "verdicts": _verdicts,
    "verdict_values": lambda _: "select verdict as scope, verdict from lake_verdicts group by verdict",
    "states": _states,
    "finding_kinds": lambda _: (
        "select concat_ws(' ', rule, severity) as scope, coalesce(rule, 'none') as rule,"
        " coalesce(severity, 'none') as severity from lake_findings group by rule, severity"
    ),
    "lake_columns": _lake_columns,
    "reporting": _reporting,
    "reporting_by_province": _reporting_by_province,
    "held_by_county": _held_by_county,
    **before.SUBMISSIONS,
}
