"""The report of a check: text for the terminal, one self-contained HTML page, and JSON for machines."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from include.contract.words import SEVERITIES, SYNTHETIC, label
from include.county_check.facts import Checked, Group
from include.county_check.words import CROSS_CHECKS, ESTIMATE, RESERVED, looked_at, verdict
from include.intake.names import name_and_path
from include.letters.render import column_zh, dataset_zh, environment
from include.rules import catalogue

_TEMPLATES = Path(__file__).parent / "templates"

ROWS_IN_TEXT = 12
"""Rows of one rule, file and column that the terminal names; the page names more."""
ROWS_PER_RULE = 500
"""Rows of one rule that the page names, so that it opens; --json gives all."""


def groups_of(checked: Checked) -> tuple[Group, ...]:
    """The findings by rule, the heaviest first."""
    return checked.groups({rule.id: rule for rule in catalogue()})


def as_text(checked: Checked) -> str:
    """The report for a terminal."""
    return "\n".join(_lines(checked)) + "\n"


def as_html(checked: Checked) -> str:
    """The report as a page without any asset from outside; the same facts give the same bytes."""
    tone, sentence = verdict(checked)
    return (
        environment(_TEMPLATES)
        .get_template("check.html.j2")
        .render(
            checked=checked,
            office=name_and_path(checked.submitter),
            tone=tone,
            sentence=sentence,
            groups=groups_of(checked),
            cap=ROWS_PER_RULE,
            estimate=ESTIMATE,
            reserved=RESERVED,
            cross_checks=CROSS_CHECKS,
            looked_at=looked_at,
            not_run=_not_run(checked),
        )
    )


def as_json(checked: Checked) -> str:
    """The report for machines: every finding with its id, and the rules that were and were not run."""
    told: dict[str, Any] = {
        "package": checked.package,
        "submitter": checked.submitter,
        "night": checked.night.isoformat(),
        "attempt": checked.number,
        "refusal": checked.refusal,
        "exit_code": checked.exit_code,
        "datasets": [asdict(line) for line in checked.datasets],
        "findings": [asdict(finding) for finding in checked.findings],
        "rules_run": [rule.id for rule in checked.rules.run],
        "rules_run_with_reservation": [rule.id for rule in checked.rules.reserved],
        "rules_not_run": {rule.id: sorted(needed) for needed, rules in _not_run(checked) for rule in rules},
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _not_run(checked: Checked) -> list[tuple[Any, Any]]:
    return sorted(checked.rules.not_run.items(), key=lambda item: sorted(item[0]))


def _lines(checked: Checked) -> Iterator[str]:
    name, path = name_and_path(checked.submitter)
    _, sentence = verdict(checked)
    yield f"报送前核对 targeted check · {SYNTHETIC}"
    yield f"{checked.package} · {' '.join(word for word in (path, name) if word)} {checked.submitter}"
    yield f"按 {checked.night} 之夜、第 {checked.number} 次报送核对 (as attempt {checked.number} of {checked.night})"
    yield from ("", sentence.zh, sentence.en)
    if checked.datasets:
        yield from _datasets(checked)
    for group in groups_of(checked):
        yield from _group(group)
    yield from _beyond(checked)


def _datasets(checked: Checked) -> Iterator[str]:
    yield from ("", "各表行数 rows by dataset: 收到 received = 接收 accepted + 暂缓 held + 未读 rejected")
    for line in checked.datasets:
        counts = f"{line.received:,} = {line.accepted:,} + {line.held:,} + {line.rejected:,}"
        yield f"  {dataset_zh(line.dataset)} {line.dataset}: {counts}"
    yield from (f"  {ESTIMATE.zh}", f"  {ESTIMATE.en}")


def _group(group: Group) -> Iterator[str]:
    rule, severity = group.rule, label(SEVERITIES, group.severity)
    count = f"{len(group.findings):,} 处" + (f" / {group.households:,} 户" if group.households else "")
    trial = " · 试行 on trial" if rule.trial else ""
    yield from ("", f"【{severity.zh}】{rule.title_zh}  {count} · {rule.id}{trial}")
    yield f"  [{severity.en}] {rule.title_en}"
    yield f"  如何修正: {' '.join(rule.mend_zh.split())}"
    yield f"  How to mend: {' '.join(rule.mend_en.split())}"
    places: defaultdict[tuple[str, str], list[int | None]] = defaultdict(list)
    for finding in group.findings:
        if finding.file:
            places[finding.file, column_zh(group.dataset, finding.column)].append(finding.row)
    for (file, column), rows in places.items():
        numbers = [str(row) for row in rows if row is not None]
        told = f" 行 row {', '.join(numbers[:ROWS_IN_TEXT])}" if numbers else ""
        more = f" … 共 {len(numbers):,}" if len(numbers) > ROWS_IN_TEXT else ""
        yield f"    {file}{f' 列 column {column}' if column else ''}{told}{more}"
    for detail in dict.fromkeys(f.detail for f in group.findings if f.detail and not f.row):
        yield f"    {detail}"


def _beyond(checked: Checked) -> Iterator[str]:
    yield from ("", "此处不能核对的规则 rules that could not be run here")
    for needed, rules in _not_run(checked):
        yield f"  需要{looked_at(needed, 'zh')} (need {looked_at(needed, 'en')}):"
        yield from (f"    {rule.title_zh} · {rule.id}" for rule in rules)
    yield from (f"  {CROSS_CHECKS.zh}", f"  {CROSS_CHECKS.en}")
    if checked.rules.reserved:
        yield from (f"  {RESERVED.zh}", f"  {RESERVED.en}")
        yield f"    {', '.join(rule.id for rule in checked.rules.reserved)}"
