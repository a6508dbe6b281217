"""Text as sent to typed values, in DuckDB SQL: what can be read with certainty is read, nothing is guessed.

Certain, and therefore read:

- full-width digits, letters and signs; outer white space; a leading apostrophe (a spreadsheet's mark for text);
  "-", "--", "—", "/", "null", "N/A" as an empty cell
- numbers with thousands separators in groups of three; a whole number of at most nine digits, with only zeros behind
  the point
- dates 2016-03-05, 2016/3/5, 2016.3.5, 2016年3月5日, 20160305, each also with a time of 00:00 behind it; and a whole
  number of five digits in a date column, which is the serial date that a spreadsheet leaves when the cell's format is
  lost (Excel and WPS count from 1899-12-30; 42434 is 2016-03-05), but for those that are also a year and a month
  (20163: March 2016, or 1955-03-15)
- yes and no as 是 否 有 无 1 0 true false y n yes no
- a code, its exact Chinese or English name, and a code whose leading zero is lost, when no other code of its list is
  the same number; lists separated by , ， 、 ; ；
- a division code filled up with zeros (513400000000 is 5134)

Everything else becomes NULL and a fault of `faults_of`.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from include.contract import Column, Contract
from include.duck import literals

_LEVELS = {"village_code": "village", "county_code": "county"}
#: Empty these mean something harmless; filled with nonsense they would do the opposite of what was meant.
_NEVER_IGNORED = frozenset({"operation"})

#: Columns that every typed row starts with, in the order of lake/accepted.
ORIGIN = ("submitter", "county_id", "attempt_id", "number", "night", "file", "row", "as_of", "known_at")
IDENTITY = ("person_key", "identity_check", "identity_birth_agrees", "identity_sex_agrees")
_OF_ROW = ("file", "row")
_BEHIND = ("_round", "_unreadable", "_row_key", "_faulty", "_faults")
_OPEN = "v_operation is distinct from 'close'"


@dataclass(frozen=True)
class Fault:
    """One way in which a cell can be wrong."""

    sql: str
    """Predicate over the steps of typed_query."""
    rule: str
    column: str
    value_class: str
    required: bool
    """The row cannot be taken without the cell."""


def faults_of(contract: Contract) -> list[Fault]:
    """Every fault of a dataset's cells; a typed row's _faults are positions in this list, counted from 1."""
    return [fault for column in contract.lake_columns for fault in _faults_of(contract, column)]


def typed_query(contract: Contract, rows: str, attempts: str) -> str:
    """SQL that types a dataset's rows of lake/read.

    `rows` and `attempts` name relations: rows of lake/read, and attempts with county_id, number, night, as_of,
    known_at, round and refusal. Needs include.rules.facts.load_facts, set_variables and cell_macros.install. Gives the
    columns of lake/accepted and behind them _round (of the attempt), _unreadable (rule that refuses the row, or NULL),
    _row_key (NULL: cannot be keyed), _faulty (columns that could not be read) and _faults.

    One step after the other, each over plain columns, keeps the plan small.
    """
    columns = contract.lake_columns
    kept = [f'"{name}"' for name in (*ORIGIN, *_identity(contract), "_round", "_unreadable")]
    carried = ", ".join(kept)
    texts = [f'"{column.name}"' for column in columns]
    faults = faults_of(contract)
    numbers = ", ".join(f"case when {fault.sql} then {n} end" for n, fault in enumerate(faults, start=1))
    any_fault = " or ".join(f"({fault.sql})" for fault in faults)
    worked_out = [f"{_value(contract, column)} as {_v(column)}" for column in columns]
    worked_out += [f"f.{_l(column)}" for column in columns if column.max_items]
    worked_out += [f"{_place(c)} is not null as {_p(c)}" for c in columns if c.reference and c.name in contract.key]
    if _names_county(contract):
        worked_out.append(f"{_named_county(contract)} as _named_county_id")
    return f"""with sent as (
        select {", ".join(f'a."{name}"' for name in ORIGIN if name not in _OF_ROW)}, r.file, r."row",
            {"".join(f"r.{name}, " for name in _identity(contract))}
            a.round as _round, coalesce(r.unreadable, a.refusal) as _unreadable,
            {", ".join(f'tf_text(r."{column.name}") as "{column.name}"' for column in columns)}
        from {rows} r join {attempts} a using (attempt_id)
    ), filled as (
        select {carried}, {", ".join(f"tf_value({text}) as {text}" for text in texts)} from sent
    ), bare as (
        select {carried}, {", ".join(f"{_bare(column)} as {text}" for column, text in zip(columns, texts, strict=True))}
        from filled
    ), ready as (
        select {carried}, {", ".join(texts)}, {", ".join(f"{_ready(column)} as {_r(column)}" for column in columns)}
        from bare
    ), listed as (
        select *{"".join(f", {_listed(column)} as {_l(column)}" for column in columns if column.max_items)} from ready
    ), valued as (
        select {", ".join(f"f.{name}" for name in (*kept, *texts))},
            {", ".join(worked_out)}
        from listed f {" ".join(_joins(contract))}
    ), judged as (
        select *, if({any_fault}, list_filter(cast([{numbers}] as smallint[]), lambda x: x is not null),
            cast([] as smallint[])) as _found
        from valued
    ) select {", ".join(_output(contract))} from judged"""


def empty_query(contract: Contract) -> str:
    """SQL of the same columns without a row, for a dataset that nobody sent."""
    types = dict.fromkeys((*ORIGIN, "household_key", "_unreadable", "_row_key"), "varchar")
    types |= {"number": "integer", "night": "date", "row": "bigint", "as_of": "date", "known_at": "timestamp"}
    types |= {column.name: column.physical_type for column in contract.lake_columns}
    types |= dict(zip(IDENTITY, ("varchar", "varchar", "boolean", "boolean"), strict=True))
    types |= {"_round": "bigint", "_faulty": "varchar[]", "_faults": "smallint[]"}
    nulls = ", ".join(f'cast(null as {types[name]}) as "{name}"' for name in (*typed_columns(contract), *_BEHIND))
    return f"select {nulls} where false"


def typed_columns(contract: Contract) -> list[str]:
    """Names of the columns of lake/accepted for a dataset, in order."""
    names = list(ORIGIN)
    if contract.has("household_id"):
        names.append("household_key")
    names += [column.name for column in contract.lake_columns]
    if any(column.hashed for column in contract.columns):
        names += IDENTITY
    return names


def row_key_sql(contract: Contract, alias: str) -> str:
    """SQL of a row's key as text: the key columns joined by |, NULL when one is missing."""
    parts = [f'cast({alias}."{name}" as varchar)' for name in contract.key]
    return " || '|' || ".join(parts)


def _output(contract: Contract) -> list[str]:
    key = " || '|' || ".join(f'cast("v_{name}" as varchar)' for name in contract.key)
    household = f"{_household_county(contract)} || '-' || v_household_id as household_key"
    return [
        *(f'"{name}"' for name in ORIGIN),
        *([household] if contract.has("household_id") else []),
        *(f'{_v(column)} as "{column.name}"' for column in contract.lake_columns),
        *_identity(contract),
        "_round, _unreadable",
        f"if(_unreadable is null, {key}, null) as _row_key",
        f"""if(len(_found) = 0, cast([] as varchar[]), list_transform(_found,
            lambda f: {literals(fault.column for fault in faults_of(contract))}[f])) as _faulty""",
        "if(_unreadable is null, _found, []) as _faults",
    ]


def _identity(contract: Contract) -> tuple[str, ...]:
    return IDENTITY if any(column.hashed for column in contract.columns) else ()


def _v(column: Column) -> str:
    """Name of a column's typed value while the text still stands beside it."""
    return f'"v_{column.name}"'


def _r(column: Column) -> str:
    """Name of a column's text made ready for its reader: without separators, midnight or the like."""
    return f'"r_{column.name}"'


def _l(column: Column) -> str:
    """Name of a comma list's codes."""
    return f'"l_{column.name}"'


def _bare(column: Column) -> str:
    return f'"{column.name}"' if _is_free(column) else f'tf_bare("{column.name}")'


def _ready(column: Column) -> str:
    text = f'"{column.name}"'
    if column.max_items:
        return f"tf_items({text})"
    if column.code_list:
        return f"tf_code({text})"
    if column.reference == "measures":
        return f"lower({text})"
    readers = {"integer": "tf_digits({})", "number": "tf_digits({})", "date": "tf_day({})"}
    return readers.get(column.type, "{}").format(text)


def _listed(column: Column) -> str:
    """SQL of a comma list's codes, NULL for an entry that is none; the list is empty when the cell is."""
    return f"coalesce(list_transform({_r(column)}, lambda x: {_known(column)}[tf_code(x)]), [])"


def _known(column: Column) -> str:
    """SQL of the map from each accepted spelling of a code to the code."""
    return f"getvariable('{names_variable(column.code_list or column.reference or '')}')"


def _value(contract: Contract, column: Column) -> str:
    """SQL of a column's typed value."""
    text, ready = f'f."{column.name}"', f"f.{_r(column)}"
    if column.name == "operation":
        value = f"if({text} is null, 'upsert', {_known(column)}[{ready}])"
    elif column.max_items:
        codes = f"tf_once(list_filter(f.{_l(column)}, lambda x: x is not null))"
        value = f"nullif(array_to_string({codes}, ','), '')"
    elif column.code_list or column.reference == "measures":
        value = f"{_known(column)}[{ready}]"
    elif column.reference == "places":
        # A village that nobody knows is still a village's row: it is keyed by what was sent, and held by place-unknown.
        sent = f"if(tf_destroyed({text}), null, {text})" if column.name in contract.key else "null"
        value = f"coalesce({_place(column)}, {sent})"
    elif column.type == "string":
        value = f"if(tf_destroyed({text}), null, {text})" if is_id(column) else text
    else:
        readers = {"integer": "tf_whole({})", "number": "tf_plain({})", "date": "tf_date({})"}
        value = f"try_cast({readers.get(column.type, 'tf_boolean({})').format(ready)} as {column.physical_type})"
    return value


def _faults_of(contract: Contract, column: Column) -> list[Fault]:
    """The faults a column may have, over its text, its value and its list."""
    text, value = f'"{column.name}"', _v(column)
    in_key = column.name in contract.key
    required = column.required or column.name in _NEVER_IGNORED
    rule, value_class = _unreadable_rule(column)
    faults: list[Fault] = []
    if in_key:
        faults.append(Fault(f"{text} is null", "key-missing", column.name, "missing", True))
    elif column.required:
        # A row that closes something needs its key and the reason alone.
        faults.append(Fault(f"{text} is null and {_OPEN}", "value-missing", column.name, "missing", True))
    if column.max_items:
        unknown = f"len(list_filter({_l(column)}, lambda x: x is null)) > 0"
        faults.append(Fault(unknown, rule, column.name, value_class, required))
        faults.append(
            Fault(f"len({_l(column)}) > {column.max_items}", "list-too-long", column.name, "out_of_range", False)
        )
    elif is_id(column) or (in_key and column.reference == "places"):
        faults.append(Fault(f"tf_destroyed({text})", "id-destroyed-by-spreadsheet", column.name, "destroyed", required))
        if column.reference == "places":
            unknown = f"not tf_destroyed({text}) and not {_p(column)}"
            faults.append(Fault(f"{text} is not null and {unknown}", rule, column.name, value_class, required))
    elif rule:
        unread = f"{text} is not null and {value} is null"
        faults.append(Fault(unread, "key-missing" if in_key else rule, column.name, value_class, required))
    if column.name == "close_reason":
        told = "v_close_reason is not null and v_closed_on is not null and v_closed_by is not null"
        faults.append(Fault(f"not ({_OPEN}) and not ({told})", "close-without-reason", column.name, "missing", True))
    return faults


def _p(column: Column) -> str:
    """Name of the flag that a place in the key is one that exists."""
    return f'"p_{column.name}"'


def _unreadable_rule(column: Column) -> tuple[str, str]:
    if column.code_list:
        return "code-unknown", "unknown_code"
    if column.reference == "places":
        return "place-unknown", "unknown_code"
    if column.reference == "measures":
        return "measure-unknown", "unknown_code"
    return {
        "integer": ("value-not-a-whole-number", "not_a_number"),
        "number": ("value-not-a-number", "not_a_number"),
        "date": ("value-not-a-date", "not_a_date"),
        "boolean": ("value-not-yes-or-no", "unknown_code"),
        "string": ("", ""),
    }[column.type]


def _place(column: Column) -> str:
    """SQL of the place a column names, of the level it asks for."""
    level = _LEVELS.get(column.name)
    found = f"k_{column.name}.place_code"
    return found if level is None else f"if(k_{column.name}.level = '{level}', {found}, null)"


def _joins(contract: Contract) -> list[str]:
    joins = [
        f'left join facts_place_names k_{column.name} on k_{column.name}.sent = f."{column.name}"'
        for column in contract.lake_columns
        if column.reference == "places"
    ]
    if _names_county(contract):
        joins.append("left join facts_place_names k_county on k_county.sent = f.county_code")
    return joins


def _names_county(contract: Contract) -> bool:
    """True where another office than the county may name the household: the row then says which county it is of."""
    return contract.has("household_id") and contract.has("county_code")


def _named_county(contract: Contract) -> str:
    """SQL of the stable id of the county whose household a row names.

    Where the county tells too it need not name itself, and nobody names a household of a county that is not theirs;
    NULL where it is not known whose the household is.
    """
    if contract.column("county_code").required:
        return "k_county.county_id"
    is_province = "right(f.\"submitter\", 4) = '0000'"
    return f"""case
        when f.county_code is null and not {is_province} then f."county_id"
        when k_county.county_id = f."county_id"
            or ({is_province} and left(k_county.place_code, 2) = left(f."submitter", 2)) then k_county.county_id end"""


def _household_county(contract: Contract) -> str:
    return "_named_county_id" if _names_county(contract) else "county_id"


def is_id(column: Column) -> bool:
    """True for a column of ids: text without a list of its own."""
    plain = column.type == "string" and not column.code_list and not column.reference
    return plain and (column.name.endswith("_id") or column.name == "closed_by")


def _is_free(column: Column) -> bool:
    """A text in words, kept as it was written but for its outer white space."""
    return column.type == "string" and not column.code_list and not column.reference and not is_id(column)


def names_variable(name: str) -> str:
    """Name of the DuckDB variable with a list's accepted spellings."""
    return f"names_{name}"


def set_variables(connection: duckdb.DuckDBPyConnection) -> None:
    """Put the accepted spellings of every code list and of the measures into variables: maps from spelling to code."""
    lists = connection.execute(
        """select list, list(sent order by sent), list(code order by sent) from (
            select list, sent, code from facts_codes union all select 'measures', sent, code from facts_measure_names
        ) group by list order by list"""
    ).fetchall()
    for name, sent, codes in lists:
        connection.execute(
            f"set variable {names_variable(name)} = map($sent::varchar[], $codes::varchar[])",
            {"sent": sent, "codes": codes},
        )
