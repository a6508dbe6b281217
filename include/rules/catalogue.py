"""Loads the catalogue: every YAML file beside this one, checked as a whole."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb

from include.contract import contracts, load_yaml
from include.rules.facts import standard_subjects
from include.rules.model import ALL_DATASETS, Rule

PLACEHOLDER = re.compile(r"\{(standard|faulty):([a-z0-9_]+)\}|\{(column)\}")
"""{standard:<subject>} is the value in force for the county on as_of; {column} the column at hand of each_column;
{faulty:<column>} is TRUE when the cell held something that could not be read."""


class CatalogueError(ValueError):
    """The catalogue contradicts itself or the contract."""


@cache
def catalogue() -> tuple[Rule, ...]:
    """All rules, in order of their ids. Raises CatalogueError (or pydantic's error) when the catalogue is not sound."""
    folder = files("include.rules") / "catalogue"
    raw: list[dict[str, Any]] = []
    for path in sorted((p for p in folder.iterdir() if p.name.endswith(".yaml")), key=lambda p: p.name):
        raw += load_yaml(path.read_text(encoding="utf-8")) or []
    return checked([Rule.model_validate(item) for item in raw])


def rule(rule_id: str) -> Rule:
    """The rule of that id; raises KeyError when the catalogue has none."""
    return _by_id()[rule_id]


def why_zh(why: str) -> str:
    """The Chinese of a rule's reason; empty for one that the catalogue no longer has."""
    return _whys_zh().get(why, "")


def rule_rows() -> list[dict[str, object]]:
    """The catalogue as plain rows (lists joined by commas), for the warehouse's list of rules."""
    return [
        {
            "rule": item.id,
            "version": str(item.version),
            "severity": item.severity,
            "dataset": ",".join(item.datasets) or None,
            "columns": ",".join(item.columns) or None,
            "kind": item.kind,
            "trial": item.trial,
            "value_class": item.value_class,
            "title_zh": item.title_zh,
            "title_en": item.title_en,
            "mend_zh": item.mend_zh,
            "mend_en": item.mend_en,
            "why": item.why,
            "source": item.source,
        }
        for item in catalogue()
    ]


def checked(rules: list[Rule]) -> tuple[Rule, ...]:
    """The rules in order of their ids; raises CatalogueError naming every fault found."""
    faults = [f"{item} is there twice" for item in _twice([r.id for r in rules])]
    for item in rules:
        faults += [f"{item.id}: {fault}" for fault in (*_column_faults(item), *_sql_faults(item))]
    if faults:
        raise CatalogueError("; ".join(faults))
    return tuple(sorted(rules, key=lambda r: r.id))


@cache
def _whys_zh() -> dict[str, str]:
    return dict(load_yaml((files("include.rules") / "why_zh.yaml").read_text(encoding="utf-8")))


@cache
def _by_id() -> dict[str, Rule]:
    return {item.id: item for item in catalogue()}


def _twice(ids: list[str]) -> list[str]:
    return sorted({item for item in ids if ids.count(item) > 1})


def _column_faults(item: Rule) -> list[str]:
    faults = [f"no dataset {name}" for name in item.datasets if name != ALL_DATASETS and name not in contracts()]
    known = [contracts()[name] for name in item.datasets if name in contracts()]
    for column in item.columns:
        if known and not any(contract.has(column) for contract in known):
            faults.append(f"no column {column}")
    for contract in known:
        if item.sql and item.over == "rows" and not any(contract.has(column) for column in item.columns):
            faults.append(f"no column of {contract.name} for its findings")
    return faults


def _sql_faults(item: Rule) -> list[str]:
    """What is wrong with its SQL: an unknown placeholder, an unknown standard, or text that DuckDB cannot parse."""
    faults: list[str] = []
    for text in (item.sql, item.detail, item.measured, item.threshold):
        if text is None:
            continue
        for kind, name, _ in PLACEHOLDER.findall(text):
            if kind == "standard" and name not in standard_subjects():
                faults.append(f"standards.csv has no subject {name}")
            if kind == "faulty" and not any(contracts()[d].has(name) for d in item.datasets):
                faults.append(f"no column {name}")
        plain = PLACEHOLDER.sub("t.x", text)
        if re.search(r"\{\w+[:}]", plain):
            faults.append("an unknown placeholder")
        try:
            duckdb.extract_statements(f"select {plain}")
        except duckdb.Error:
            faults.append(f"DuckDB cannot parse: {text}")
    return faults
