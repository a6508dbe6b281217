"""From the generator's numbers to typed columns of the contract, as DuckDB expressions over int64 columns."""

from __future__ import annotations

from functools import cache

from include.contract import Column, code_lists, contract
from include.country.experiences import texts
from include.country.facts import measures
from include.country.identity import CHECK_DIGITS
from include.country.tables import NULL
from include.duck import literals

#: Ids that carry their submitter's code: letter and digits after it.
_IDS = {
    "measure_id": ("M", 8), "visit_id": ("V", 9), "decision_id": ("D", 8), "application_id": ("A", 8),
    "grievance_id": ("G", 7),
    "unit_id": ("U", 5), "parent_unit_id": ("U", 5), "provider_unit_id": ("U", 5), "office_unit_id": ("U", 5),
    "issuer_unit_id": ("U", 5), "closed_by": ("U", 5), "staff_id": ("S", 6), "project_id": ("F", 5),
    "task_id": ("T", 6),
    "plan_id": ("P", 5), "contribution_id": ("C", 6), "delivery_id": ("Q", 6), "sample_id": ("Y", 7),
    "check_id": ("K", 7), "designation_id": ("B", 4), "experience_id": ("X", 4),
}  # fmt: skip
#: Columns that are lists of codes, and the numbers they are made of.
_LISTS = {"other_causes": ("_other_1", "_other_2"), "risks": ("_risk_1", "_risk_2")}
#: Numbers that are text in the contract and need no more than printing.
_PLAIN = {"household_id", "village_code", "place_code", "county_code", "helper_place_code", "helped_place_code"}


def _or_null(column: str, expression: str) -> str:
    return f"case when {column} <> {NULL} then {expression} end"


def _code(list_name: str, column: str) -> str:
    return _or_null(column, f"{literals(code_lists()[list_name].values())}[{column} + 1]")


def typed(dataset: str, column: Column) -> str:  # noqa: PLR0911 - one return for each kind of column
    """Expression that gives the column as the contract types it, out of the raw table."""
    name = column.name
    if name in _LISTS and dataset == "households":
        parts = ", ".join(_code(column.code_list or "", part) for part in _LISTS[name])
        return f"nullif(concat_ws(',', {parts}), '')"
    if column.hashed:
        return _or_null("resident_17", f"resident_17::varchar || '{CHECK_DIGITS}'[(resident_check + 1)::int]")
    if name == "pairing_id":
        return _or_null(name, "'XZ' || lpad(pairing_id::varchar, 4, '0')")
    if name == "unit_name" or column.free_text:
        return name if name == "unit_name" else _or_null(name, f"{literals(texts(name))}[{name} + 1]")
    if column.reference == "measures":
        return _or_null(name, f"{literals(m.code for m in measures())}[{name} + 1]")
    if name in _IDS:
        letter, digits = _IDS[name]
        power = 10**digits
        return _or_null(
            name, f"({name} // {power})::varchar || '{letter}' || lpad(({name} % {power})::varchar, {digits}, '0')"
        )
    if column.code_list is not None:
        return _code(column.code_list, name)
    if name in _PLAIN:
        return _or_null(name, f"{name}::varchar")
    if column.type == "date":
        return _or_null(name, f"date '1970-01-01' + {name}::int")
    if column.type == "boolean":
        return _or_null(name, f"{name} = 1")
    if column.type == "number":
        places = 4 if "12,4" in column.physical_type else 2
        return _or_null(name, f"({name} / 100.0)::decimal({'12,4' if places == 4 else '18,2'})")
    if column.type == "integer":
        return _or_null(name, name)
    raise KeyError(f"no layout for {dataset}.{name}")


@cache
def typed_select(dataset: str) -> tuple[tuple[str, str], ...]:
    """Column name and typed expression for every column of the contract, in its order."""
    return tuple((c.name, typed(dataset, c)) for c in contract(dataset).columns)


def id_text(column: str, number: int) -> str:
    """An id as it is written, from its number."""
    letter, digits = _IDS[column]
    return f"{number // 10**digits}{letter}{number % 10**digits:0{digits}d}"
