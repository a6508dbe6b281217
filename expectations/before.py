"""What earlier nights say of tonight: accounts that are gone, rules that suddenly hit, answers that changed alone.

Everything is read from the lake and the published files of earlier nights: nothing is remembered beside them, so that
a night that is judged again, or made up later, is compared with the same. Thresholds are dated rows of standards.csv.
"""

from __future__ import annotations

from pathlib import Path

from expectations.checks import Check, none_of
from expectations.measure import Measure, Scratch, columns_of, lake, standard
from include.clocks import known_at
from include.duck import literal
from include.intake.submitters import is_closed
from include.warehouse.versions import versions

_NIGHTS = 7
"""Earlier nights with packages that say what is usual: a week."""

FACTS = (
    "net_income", "income_year", "members", "monitoring_class", "risk_status", "exit_flag", "exited_on",
    "exit_decided_on", "housing_grade", "main_cause", "held", "provisional",
)  # fmt: skip
"""What offices tell of a household, as the mart shows it."""
ANSWERS = ("status", "in_need", "poor", "below_monitoring_line", "income_condition")
"""What our rules make of it."""
_KEY_FIGURES = ("in_need", "poor", "below_monitoring_line", "held", "provisional")


def of_submissions() -> list[Check]:
    """Advice on what came in tonight, beside what came before."""
    return [
        none_of(
            "submissions-accounts-kept", "accounts_before", "gone",
            "Every account of the night before is still there, unless its code has ended",
            "Find out who removed the inbox folder named; its households stay as they last stood",
        ),
        none_of(
            "submissions-after-cut-off", "arrivals", "early",
            "The night looked into the inbox at its cut-off or later",
            "Compare the machine's clock and time zone with Asia/Shanghai: what came later waits for the next night",
        ),
        none_of(
            "submissions-hits-usual", "hits", "surges",
            "No rule hits many more rows of an office's dataset than in its last week, or than at others",
            "Ask the office named what changed in its export: a code list, a column, a unit, the file itself",
        ),
    ]  # fmt: skip


def of_marts_blocking() -> list[Check]:
    """What no change of the data can explain."""
    return [
        none_of(
            "marts-same-facts-same-answer", "answers", "changed_too_many",
            "Households of which nothing new is told have the status, need and poverty that was published before",
            "A rule, line or seed was changed: see `targeted rulebook check` and the log of seeds. If it is meant, give"
            " same_facts_changed_share a dated row for this night, with the decision as its source",
        ),
    ]  # fmt: skip


def of_marts() -> list[Check]:
    """Advice: figures that moved more than they do from night to night."""
    return [
        none_of(
            "marts-figures-usual", "figures", "unusual",
            "Households in need, poor, below the line, held and provisional are near what was published before",
            "Look at the province's page: was it a disaster, a season of exits, or a province's error?",
        ),
    ]  # fmt: skip


def _earlier(scratch: Scratch, kind: str) -> list[Path]:
    """Folders of earlier nights of one kind, oldest first."""
    folders = scratch.home.lake.glob(f"{kind}/night=*")
    return sorted(path for path in folders if path.name < f"night={scratch.night:%Y-%m-%d}" and any(path.iterdir()))


def _rows(folders: list[Path]) -> str:
    listed = ", ".join(literal((folder / "*.parquet").absolute()) for folder in folders)
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def _accounts_before(scratch: Scratch) -> str:
    before = _earlier(scratch, "accounts")[-1:]
    if not before:
        return "select '' as scope, 0 as gone where false"
    accounts = scratch.connection.execute(f"select distinct submitter from {_rows(before)} order by 1").fetchall()
    due = [submitter for (submitter,) in accounts if not is_closed(submitter, scratch.night)]
    listed = ", ".join(f"({literal(submitter)})" for submitter in due) or "(null)"
    return f"""select 'account ' || d.submitter as scope,
            cast(not exists (select 1 from lake_accounts as a where a.submitter = d.submitter) as integer) as gone
        from (values {listed}) as d(submitter) where d.submitter is not null"""


def _arrivals(scratch: Scratch) -> str:
    """Early by hours is a wrong clock or time zone; early by more is a night that somebody plays ahead on purpose."""
    looked = lake(scratch, "accounts", {"looked_at": "timestamp"})
    cut_off = f"timestamp '{known_at(scratch.night)}'"
    return f"""select 'night' as scope, cast(coalesce(bool_or(
            looked_at < {cut_off} and looked_at >= {cut_off} - interval 12 hours), false) as integer) as early
        from {looked}"""


def _hits(scratch: Scratch) -> str:
    """For each office, dataset and rule: the share of rows hit tonight, and what is usual for it."""
    nights = _earlier(scratch, "attempts")[-_NIGHTS:]
    tonight = scratch.home.lake / "attempts" / f"night={scratch.night:%Y-%m-%d}"
    if not (nights and tonight.is_dir()):
        return "select '' as scope, 0 as surges where false"

    def of(kind: str) -> str:
        folders = [scratch.home.lake / kind / folder.name for folder in (*nights, tonight)]
        return _rows([folder for folder in folders if folder.is_dir()])

    return f"""
        with sent as (
            select night, submitter, dataset, sum(received_rows) as rows from {of("files")}
            where readable and dataset is not null group by all having sum(received_rows) > 0
        ),
        hits as (
            select night, submitter, dataset, rule, count(distinct (attempt_id, file, "row")) as hits
            from {of("findings_check")} where severity <> 'advice' and not trial and "row" is not null group by all
        ),
        shares as (
            select s.night, s.submitter, s.dataset, h.rule, coalesce(h.hits, 0) as hits,
                coalesce(h.hits, 0) / s.rows as share
            from sent as s left join hits as h using (night, submitter, dataset)
        ),
        tonight as (select * from shares where night = date '{scratch.night:%Y-%m-%d}' and rule is not null),
        own as (
            select t.submitter, t.dataset, t.rule, count(s.night) > 0 as is_known,
                max(s.share) filter (where s.rule = t.rule) as most
            from tonight as t
            left join shares as s using (submitter, dataset) where s.night < date '{scratch.night:%Y-%m-%d}'
            group by all
        ),
        peers as (
            select r.dataset, r.rule, median(coalesce(t.share, 0)) as share
            from (select distinct dataset, rule from tonight) as r
            inner join sent as s on s.dataset = r.dataset and s.night = date '{scratch.night:%Y-%m-%d}'
            left join tonight as t on t.submitter = s.submitter and t.dataset = r.dataset and t.rule = r.rule
            group by all
        )
        select concat_ws(' ', t.submitter, t.dataset, t.rule) as scope,
            cast(t.hits >= {standard("suppression_min_cell", scratch.night)} and t.share
                > if(coalesce(o.is_known, false), coalesce(o.most, 0), p.share)
                + {standard("finding_surge_share", scratch.night)} as integer) as surges
        from tonight as t
        left join own as o using (submitter, dataset, rule) inner join peers as p using (dataset, rule)
        order by scope
    """


def attach_published_before(scratch: Scratch) -> None:
    """Attach the newest marts published for an earlier night as `b`; nothing when there is none."""
    before = [version for version in versions(scratch.home, "marts") if version.night < scratch.night]
    if before:
        path = literal((scratch.home.published / before[-1].file_name).absolute())
        scratch.connection.execute(f"attach {path} as b (read_only)")


def _both(scratch: Scratch) -> set[str]:
    """Columns that the mart of households has tonight and had before: after an upgrade only these can be compared."""
    tonight, before = (columns_of(scratch, database, "household", "households") for database in ("w", "b"))
    return set(tonight) & set(before)


_HOUSEHOLDS = "w.household.households as t inner join b.household.households as b using (household_key)"


def _answers(scratch: Scratch) -> str:
    """Of the nation and of each province: households with the same facts, and how many have another answer."""
    columns = _both(scratch)
    if not columns.issuperset((*FACTS, *ANSWERS)):
        return "select '' as scope, 0 as changed_too_many where false"
    same = " and ".join(f"t.{name} is not distinct from b.{name}" for name in FACTS)
    other = " or ".join(f"t.{name} is distinct from b.{name}" for name in ANSWERS)
    allowed = standard("same_facts_changed_share", scratch.night)
    return f"""
        with compared as (
            select t.province_code, cast({other} as integer) as changed from {_HOUSEHOLDS} where {same}
        )
        select case when province_code is null then 'nation' else 'province ' || province_code end as scope,
            count(*) as households, sum(changed) as changed,
            cast(sum(changed) >= {standard("suppression_min_cell", scratch.night)}
                and sum(changed) > {allowed} * count(*) as integer) as changed_too_many
        from compared group by grouping sets ((), (province_code)) having count(*) > 0 order by scope
    """


def _figures(scratch: Scratch) -> str:
    columns = _both(scratch)
    names = [name for name in _KEY_FIGURES if name in columns]
    if not names:
        return "select '' as scope, 0 as unusual where false"
    counts = ", ".join(f"count(*) filter (where {name}) as {name}" for name in names)
    by_area = (
        "select case when province_code is null then 'nation' else 'province ' || province_code end as area,"
        f" {counts} from {{0}}.household.households group by grouping sets ((), (province_code))"
    )
    tonight, before = (f"(unpivot ({by_area.format(name)}) on {', '.join(names)})" for name in ("w", "b"))
    return f"""
        select area || ' ' || name as scope, t.value as tonight, coalesce(b.value, 0) as before,
            cast(abs(t.value - b.value) >= {standard("suppression_min_cell", scratch.night)}
                and abs(t.value - b.value) > {standard("figure_change_usual_share", scratch.night)} * b.value
                as integer) as unusual
        from {tonight} as t inner join {before} as b using (area, name) order by scope
    """


SUBMISSIONS: dict[str, Measure] = {"accounts_before": _accounts_before, "arrivals": _arrivals, "hits": _hits}
MARTS: dict[str, Measure] = {"answers": _answers, "figures": _figures}
