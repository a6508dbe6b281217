"""Compiles the catalogue to SQL: for each dataset one pass over its rows that gives a row for each rule broken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from include.contract import contract
from include.rules.catalogue import PLACEHOLDER
from include.rules.contexts import context
from include.rules.model import ALL_DATASETS, Over, Rule

#: Columns of what the statements give: where the broken rule is and which predicate it was.
HIT_COLUMNS = (
    'predicate_no integer, attempt_id varchar, file varchar, "row" bigint, household_key varchar, row_key varchar,'
    " detail varchar"
)


@dataclass(frozen=True)
class Predicate:
    """One predicate of a rule on one dataset, for one column of the finding."""

    number: int
    rule: Rule
    dataset: str
    column: str | None


def predicates(rules: Iterable[Rule]) -> list[Predicate]:
    """Every predicate of the rules with SQL, numbered from 0 in order of rule, dataset and column."""
    found: list[Predicate] = []
    for rule in sorted(rules, key=lambda r: r.id):
        if rule.sql is None and not rule.is_breaker:
            continue
        for dataset in rule.datasets:
            for column in _finding_columns(rule, dataset):
                found.append(Predicate(len(found), rule, dataset, column))
    return found


def expand(sql: str, column: str | None = None) -> str:
    """A predicate with its placeholders replaced."""

    def one(kind: str, name: str) -> str:
        if kind == "standard":
            return f's."{name}"'
        if kind == "faulty":
            return f"list_contains(t._faulty, '{name}')"
        return f't."{column}"'

    return PLACEHOLDER.sub(lambda found: one(found[1] or "column", found[2] or ""), sql)


def dataset_query(dataset: str, over: Over, of_dataset: list[Predicate], rows: str) -> str:
    """SQL that gives HIT_COLUMNS for all predicates of a dataset in one pass; `rows` is the relation of live rows."""
    cases = ", ".join(
        f"case when {broken(predicate)} then {{'predicate_no': {predicate.number}, 'detail': {_detail(predicate)}}} end"
        for predicate in of_dataset
    )
    any_broken = " or ".join(broken(predicate) for predicate in of_dataset)  # the list is made for these few rows alone
    hits = f"list_filter(cast([{cases}] as struct(predicate_no integer, detail varchar)[]), lambda x: x is not null)"
    return f"""select hit.predicate_no, attempt_id, file, "row", household_key, row_key, hit.detail
        from (select * exclude (hits), unnest(hits) as hit from (
            select {_place_columns(dataset, over)}, {hits} as hits from {context(dataset, rows, over)}
            where {any_broken}))"""


def standards_query(rules: Iterable[Rule], attempts: str) -> str:
    """SQL of ctx_standards: for each attempt the standards in force that the rules name.

    The narrowest jurisdiction with a row for the day decides: county, prefecture, province, then CN.
    """
    texts = [text for rule in rules for text in (rule.sql, rule.detail, rule.measured, rule.threshold) if text]
    subjects = sorted({name for text in texts for kind, name, _ in PLACEHOLDER.findall(text) if kind == "standard"})
    columns = "".join(
        f", max_by(f.value, f.rank) filter (f.subject = '{subject}') as \"{subject}\"" for subject in subjects
    )
    return f"""select a.attempt_id{columns}
        from {attempts} a left join (
            select *, if(jurisdiction = 'CN', 0, length(jurisdiction)) * 100000 + year(valid_from) as rank
            from facts_standards
        ) f on a.as_of between f.valid_from and f.valid_to
            and (f.jurisdiction = 'CN' or starts_with(a.submitter, f.jurisdiction))
        group by a.attempt_id"""


def broken(predicate: Predicate) -> str:
    """The predicate as SQL, TRUE where its rule is broken, over the context of its dataset."""
    rule = predicate.rule
    if rule.measured is not None and rule.threshold is not None:
        return f"({expand(rule.measured)}) > ({expand(rule.threshold)})"
    return f"({expand(rule.sql or 'false', predicate.column)})"


def _detail(predicate: Predicate) -> str:
    return expand(predicate.rule.detail, predicate.column) if predicate.rule.detail else "null"


def _place_columns(dataset: str, over: Over) -> str:
    """Where a finding lies: in a row, in a key that is not in the package, or in the whole attempt."""
    nowhere = 'null::varchar as file, null::bigint as "row"'
    if over == "county":
        return f"c.attempt_id, {nowhere}, null::varchar as household_key, null::varchar as row_key"
    if over != "rows":
        return f"t.attempt_id, {nowhere}, t.household_key, t.row_key"
    household_key = "t.household_key" if contract(dataset).has("household_id") else "null::varchar as household_key"
    return f't.attempt_id, t.file, t."row", {household_key}, t._row_key as row_key'


def _finding_columns(rule: Rule, dataset: str) -> list[str | None]:
    if dataset == ALL_DATASETS or not rule.columns:
        return [None]
    known = [column for column in rule.columns if contract(dataset).has(column)]
    return [*known] if rule.each_column else [known[0]]
