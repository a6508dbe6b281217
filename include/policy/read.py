"""Reads a rulebook from CSV or YAML and keeps the line of each rule; values stay text, for include.policy.check."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from include.clocks import as_day
from include.policy.problem import Problem

_YAML = (".yaml", ".yml")
#: UTF-8 first: it refuses what is not UTF-8, while GB18030 reads nearly anything.
_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class Rule:
    """One rule as its file has it. Line 0 is a rule of the rulebook in force, to which a file adds."""

    line: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")

    def day(self, column: str, default: date) -> date:
        """A date of the rule, the default when it is empty or no date."""
        return as_day(self[column]) or default

    def overlaps(self, other: Rule) -> bool:
        """True when both hold on some day; both ends are inclusive, an empty end is open."""
        starts = max(self.day("valid_from", date.min), other.day("valid_from", date.min))
        return starts <= min(self.day("valid_to", date.max), other.day("valid_to", date.max))

    @property
    def what(self) -> tuple[str, str, str]:
        """The cause or condition and the measure that the rule is about."""
        return self["condition_kind"], self["condition_code"], self["measure_code"]

    @property
    def scope(self) -> tuple[str, str]:
        """Where the rule holds."""
        return self["scope_kind"], self["scope_code"]


def read_rules(path: Path, columns: Sequence[str]) -> tuple[list[Rule], list[Problem]]:
    """The rules of a file, and what is wrong with its form. Raises FileNotFoundError when there is no such file."""
    content = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _from_yaml(text, columns) if path.suffix.lower() in _YAML else _from_csv(text, columns)
    return [], [Problem(1, "", "file-unreadable", {"reason": "neither UTF-8 nor GB18030"})]


def write_seed(rules: Sequence[Rule], columns: Sequence[str]) -> str:
    """The rules as the text of dbt's seed: plain CSV, the seed's columns in their order."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([rule[column] for column in columns] for rule in rules)
    return out.getvalue()


def _from_csv(text: str, columns: Sequence[str]) -> tuple[list[Rule], list[Problem]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rules: list[Rule] = []
    problems: list[Problem] = []
    header: list[str] | None = None
    try:
        for line, cells in _numbered(reader):
            if header is None:
                header = cells
                problems += _header_problems(line, header, columns)
            elif len(cells) != len(header):
                details = {"cells": str(len(cells)), "columns": str(len(header))}
                problems.append(Problem(line, "", "cells-count", details))
            else:
                rules.append(Rule(line, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        problems.append(Problem(reader.line_num, "", "file-unreadable", {"reason": str(error)}))
    if header is None:
        problems.append(Problem(1, "", "file-empty"))
    return rules, problems


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they begin on: a cell may hold line breaks. Empty rows are left out."""
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, [cell.strip() for cell in cells]
        line = reader.line_num + 1  # type: ignore[attr-defined]  # of csv.reader, which is typed as an iterator


def _header_problems(line: int, header: Sequence[str], columns: Sequence[str]) -> list[Problem]:
    missing = [Problem(line, name, "column-missing", {"value": name}) for name in columns if name not in header]
    known = {"expected": ", ".join(columns)}
    unknown = [
        Problem(line, name, "column-unknown", {"value": name, **known}) for name in header if name not in columns
    ]
    twice = [Problem(line, name, "column-twice", {"value": name}) for name in columns if header.count(name) > 1]
    return missing + unknown + twice


def _from_yaml(text: str, columns: Sequence[str]) -> tuple[list[Rule], list[Problem]]:
    """A list of mappings, one for each rule; scalars are taken as they are written, so that 01 stays 01."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return [], [Problem(line, "", "file-unreadable", {"reason": error.problem or "not YAML"})]
    if root is None:
        return [], [Problem(1, "", "file-empty")]
    if not isinstance(root, yaml.SequenceNode):
        return [], [Problem(1, "", "file-unreadable", {"reason": "not a list of rules"})]
    rules: list[Rule] = []
    problems: list[Problem] = []
    for node in root.value:
        line = node.start_mark.line + 1
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        if not pairs or not all(isinstance(part, yaml.ScalarNode) for pair in pairs for part in pair):
            problems.append(Problem(line, "", "file-unreadable", {"reason": "a rule is a list of `column: value`"}))
            continue
        names = [name.value for name, _ in pairs]
        known = {"expected": ", ".join(columns)}
        problems += [
            Problem(name.start_mark.line + 1, name.value, "column-unknown", {"value": name.value, **known})
            for name, _ in pairs
            if name.value not in columns
        ]
        problems += [Problem(line, name, "column-twice", {"value": name}) for name in columns if names.count(name) > 1]
        rules.append(Rule(line, {name.value: _scalar(value) for name, value in pairs}))
    return rules, problems


def _scalar(node: yaml.ScalarNode) -> str:
    return "" if node.tag.endswith(":null") else str(node.value).strip()
