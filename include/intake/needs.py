"""What each rule looks at outside of the package at hand, read from the SQL that judges it.

A rule names columns of its context (include.rules.contexts); these come from tables that include.intake.context_tables
makes; and those from tables of include.intake.known, whose names say where their rows are from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

import duckdb

from include.intake import context_tables
from include.rules import Rule
from include.rules.compile import expand, predicates
from include.rules.contexts import context
from include.rules.model import Beyond

_FROM_OUTSIDE: dict[str, Beyond] = {
    "last_": "history",
    "base_": "history",
    "met_": "offices",
    "deleted_": "deletions",
}
_OF_THE_ROW = ("t", "s")
"""Short names of the row itself and of the standards in force."""
_TABLE = re.compile(r"\b(?:ctx|known|last|base|met|deleted)_[a-z_]+")
_NAME = re.compile(r"\b([a-z])\.\"?([a-z_]+)")


def beyond(rule: Rule, kind: str | None, brought: Collection[str]) -> frozenset[Beyond]:
    """What a rule looks at outside of a package of that kind that brings these datasets; empty: the package is enough.

    What a package of changes, or one without a dataset, does not tell of that dataset is what was accepted before.
    """
    if rule.beyond:
        return frozenset({rule.beyond})
    found: set[Beyond] = set()
    for table in _tables(rule):
        dataset = table.removeprefix("known_")
        if dataset == table:
            found.add(next(where for prefix, where in _FROM_OUTSIDE.items() if table.startswith(prefix)))
        elif kind != "full" or dataset not in brought:
            found.add("history")
    return frozenset(found)


@cache
def _tables(rule: Rule) -> frozenset[str]:
    """The tables of include.intake.known that a rule's SQL leans on, but for the rows at hand.

    Raises KeyError for a name that the rule's context does not have.
    """
    found: set[str] = set()
    for one in predicates([rule]):
        texts = (rule.sql, rule.detail, rule.measured, rule.threshold)
        named = {match for text in texts if text for match in _NAME.findall(expand(text, one.column))}
        if rule.over != "rows":
            found |= _known(context(one.dataset, "rows_at_hand", rule.over))
            continue
        columns = _columns(one.dataset)
        for short, column in named:
            if short not in _OF_THE_ROW or (short, column) in columns:
                for table in columns[short, column]:
                    found |= _known(table)
    return frozenset(found)


def _known(text: str) -> set[str]:
    """The tables of include.intake.known behind the tables that a text of SQL names."""
    queries = _context_queries()
    found: set[str] = set()
    seen: set[str] = set()
    due = set(_TABLE.findall(text))
    while due:
        name = due.pop()
        seen.add(name)
        if not name.startswith("ctx_"):
            found.add(name)
        elif (query := queries.get(name.removeprefix("ctx_"))) is not None:
            due |= set(_TABLE.findall(query)) - seen
    return found


@cache
def _context_queries() -> dict[str, str]:
    return context_tables.queries(1)


@cache
def _columns(dataset: str) -> dict[tuple[str, str], frozenset[str]]:
    """For every column that a predicate on a dataset's rows may name, but for the row's own: the tables behind it.

    A struct that is joined to the row is known by its short name and field, a column made beside the row as t.<column>.
    """
    node = _parsed(f"select * from {context(dataset, 'rows_at_hand')}")
    relation = next(_nodes(node["from_table"], "type", "SUBQUERY"), None)
    if relation is None:
        return {}
    inner = relation["subquery"]["node"]
    tables = {
        table["alias"] or table["table_name"]: table["table_name"]
        for table in _nodes(inner["from_table"], "type", "BASE_TABLE")
    }
    found: dict[tuple[str, str], frozenset[str]] = {}
    for item in inner["select_list"]:
        if item.get("function_name") == "struct_pack":
            found |= {(item["alias"], field["alias"]): _behind(field, tables) for field in item["children"]}
        elif item["alias"]:
            found["t", item["alias"]] = _behind(item, tables)
    return found


def _behind(expression: Any, tables: dict[str, str]) -> frozenset[str]:
    references = _nodes(expression, "class", "COLUMN_REF")
    # A name alone is the parameter of a lambda.
    qualified = (names for names in (ref["column_names"] for ref in references) if len(names) > 1)
    return frozenset(tables[names[0]] for names in qualified if names[0] in tables)


def _parsed(sql: str) -> Any:
    """The syntax tree of a query, as DuckDB's own parser gives it."""
    row = duckdb.execute("select json_serialize_sql($sql)", {"sql": sql}).fetchone()
    tree = json.loads(row[0]) if row else {"error": True}
    if tree["error"]:
        raise ValueError(f"DuckDB cannot parse the context of a rule: {tree.get('error_message', sql)}")
    return tree["statements"][0]["node"]


def _nodes(tree: Any, key: str, value: str) -> Iterator[dict[str, Any]]:
    """Every node of a syntax tree that has the value under the key, the outer ones first."""
    if isinstance(tree, dict):
        if tree.get(key) == value:
            yield tree
        for child in tree.values():
            yield from _nodes(child, key, value)
    elif isinstance(tree, list):
        for child in tree:
            yield from _nodes(child, key, value)
