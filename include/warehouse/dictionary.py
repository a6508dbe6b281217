"""The data dictionary: keys, owners and columns from the marts' YAML, how each is made from the head of its SQL.

Needs no dbt run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.contract import load_yaml
from include.files import write_aside
from include.warehouse.sources import PROJECT

SCHEMAS = ("household", "zone", "responsibility", "quality")
"""The mart schemas, in the order in which the dictionary tells them."""

_HEAD = """# Data dictionary

Generated from the descriptions of the marts (`targeted docs build`); not edited by hand. The same texts are the
comments of tables and columns in the published files. Everything made from the synthetic country is marked
SYNTHETIC 模拟数据.
"""


@dataclass(frozen=True)
class MartColumn:
    """A column of a mart."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Mart:
    """A table of the marts as its YAML and its SQL state it."""

    schema: str
    name: str
    description: str
    key: tuple[str, ...]
    owner: str
    steps: str  # numbered where there are several
    columns: tuple[MartColumn, ...]


def write_dictionary(path: Path, project: Path = PROJECT) -> Path:
    """Write the dictionary to `path`; returns it."""
    with write_aside(path) as aside:
        aside.write_text(dictionary(project), encoding="utf-8")
    return path


def dictionary(project: Path = PROJECT) -> str:
    """The dictionary as Markdown."""
    tables = marts(project)
    parts = [_HEAD.strip(), _contents(tables)]
    for schema in SCHEMAS:
        members = [mart for mart in tables if mart.schema == schema]
        if members:
            parts.append(f"## {schema}\n\n{_group(project, schema)}".strip())
            parts += [_table(mart) for mart in members]
    return "\n\n".join(parts) + "\n"


def marts(project: Path = PROJECT) -> list[Mart]:
    """All marts in order of schema and name. Raises KeyError or ValueError when one lacks what a reader needs."""
    groups = {group["name"]: group for group in _yaml_items(project / "models", "groups")}
    found = []
    for schema in SCHEMAS:
        for model in _yaml_items(project / "models" / "marts" / schema, "models"):
            config = model.get("config", {})
            group = groups[config.get("group", schema)]
            meta = {**model.get("meta", {}), **config.get("meta", {})}
            found.append(
                Mart(
                    schema,
                    model["name"].removeprefix(f"{schema}__"),
                    _line(model["description"]),
                    tuple(meta["grain"]),
                    _line(meta.get("owner") or group["owner"]["name"]),
                    steps_of(
                        (project / "models" / "marts" / schema / f"{model['name']}.sql").read_text(encoding="utf-8")
                    ),
                    tuple(
                        MartColumn(column["name"], str(column["data_type"]), _line(column["description"]))
                        for column in model["columns"]
                    ),
                )
            )
    return sorted(found, key=lambda mart: (SCHEMAS.index(mart.schema), mart.name))


def steps_of(sql: str) -> str:
    """What the head comment of a model says behind `Steps:`, on one line. Raises ValueError when it says nothing."""
    head = re.match(r"(?:--.*\n)*", sql)
    steps = re.search(r"^-- Steps[^:\n]*:((?:.|\n)+)", head[0] if head else "", re.MULTILINE)
    if not steps:
        raise ValueError(f"a model's SQL begins with its grain and its steps, not with {sql.partition(chr(10))[0]!r}")
    return _line(re.sub(r"^--", "", steps[1], flags=re.MULTILINE))


def _yaml_items(folder: Path, kind: str) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.rglob("*.yml")):
        yield from (load_yaml(path.read_text(encoding="utf-8")) or {}).get(kind) or []


def _group(project: Path, schema: str) -> str:
    for group in _yaml_items(project / "models", "groups"):
        if group["name"] == schema:
            return _line(group.get("description", ""))
    return ""


def _contents(tables: list[Mart]) -> str:
    rows = [f"| [{m.schema}.{m.name}](#{m.schema}{m.name}) | {_cell(m.description)} | {_key(m)} |" for m in tables]
    return "\n".join(["| table | what it tells | one row for each |", "|---|---|---|", *rows])


def _table(mart: Mart) -> str:
    facts = [f"- One row for each {_key(mart)}", f"- Owner: {mart.owner}"]
    facts.append(f"- How it is made: {mart.steps}")
    rows = [f"| `{c.name}` | {_cell(c.type)} | {_cell(c.description)} |" for c in mart.columns]
    head = ["| column | type | meaning |", "|---|---|---|"]
    return "\n".join([f"### {mart.schema}.{mart.name}", "", mart.description, "", *facts, "", *head, *rows])


def _key(mart: Mart) -> str:
    return ", ".join(f"`{name}`" for name in mart.key)


def _line(text: str) -> str:
    return " ".join(str(text).split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
