"""The county guide in Chinese and English, generated from the contract and the rules catalogue.

What is not a column, a code or a rule stands in guide_text.yaml beside this file.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from include.contract.model import (
    ACCEPTED_VERSIONS,
    CURRENT_VERSION,
    Contract,
    code_lists,
    contracts,
    forbidden_headers,
    load_yaml,
)
from include.contract.templates import example_manifest
from include.contract.words import (
    FORBIDDEN_KINDS,
    SEVERITIES,
    SUBMITTER_KINDS,
    chinese,
    codes_in_words,
    label,
    type_in_words,
)
from include.files import write_aside
from include.rules import Rule, catalogue

LANGUAGES = ("zh", "en")


def write_guide(out: Path) -> list[Path]:
    """Write `zh.md` and `en.md` under `out`; returns the paths written."""
    written = []
    for language in LANGUAGES:
        path = out / f"{language}.md"
        with write_aside(path) as aside:
            aside.write_text(guide(language), encoding="utf-8")
        written.append(path)
    return written


def guide(language: str) -> str:
    """The whole guide as Markdown in `zh` or `en`."""
    text = _text(language)
    parts = [
        f"# {text['title']}\n\n{text['generated']}",
        f"## {text['what']['title']}\n\n{text['what']['body']}",
        _manifest(text),
        f"## {text['files']['title']}\n\n{text['files']['body']}",
        _forbidden(text, language),
        _datasets(text, language),
        _codes(text, language),
        _rules(text, language),
        f"## {text['check']['title']}\n\n{text['check']['body']}",
        f"## {text['back']['title']}\n\n{text['back']['body']}",
        f"## {text['ours']['title']}\n\n{text['ours']['body']}",
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _text(language: str) -> dict[str, Any]:
    loaded = load_yaml((files("include.letters") / "guide_text.yaml").read_text(encoding="utf-8"))
    return {section: content[language] for section, content in loaded.items()}


def _manifest(text: dict[str, Any]) -> str:
    section = text["manifest"]
    versions = ", ".join(ACCEPTED_VERSIONS)
    example = json.dumps(example_manifest(), ensure_ascii=False, indent=2)
    body = section["body"].format(current=CURRENT_VERSION, accepted=versions)
    return f"## {section['title']}\n\n{body}\n\n```json\n{example}\n```"


def _forbidden(text: dict[str, Any], language: str) -> str:
    section = text["forbidden"]
    headers: dict[str, list[str]] = {}
    for header, kind in forbidden_headers().items():
        headers.setdefault(kind, []).append(header)
    rows = [f"| {label(FORBIDDEN_KINDS, kind).in_(language)} | {', '.join(names)} |" for kind, names in headers.items()]
    return "\n".join([f"## {section['title']}\n\n{section['body']}", "", *_head(section["columns"]), *rows])


def _datasets(text: dict[str, Any], language: str) -> str:
    section = text["datasets"]
    parts = [f"## {section['title']}\n\n{section['body']}"]
    for contract in contracts().values():
        parts.append(_dataset(contract, section, language))
    return "\n\n".join(parts)


def _dataset(contract: Contract, section: dict[str, Any], language: str) -> str:
    senders = ", ".join(label(SUBMITTER_KINDS, kind).in_(language) for kind in contract.submitted_by)
    meaning = chinese(contract.description) if language == "zh" else contract.grain
    key = ", ".join(f"`{name}`" for name in contract.key)
    facts = section["facts"].format(meaning=meaning, senders=senders, key=key, file=f"{contract.name}.csv")
    rows = [
        _row(
            column.zh,
            f"`{column.name}`",
            section["required"] if column.required else "",
            type_in_words(column, language),
            codes_in_words(column, language),
            chinese(column.description) if language == "zh" else column.description,
            chinese(column.why) if language == "zh" else column.why,
        )
        for column in contract.columns
    ]
    return "\n".join([f"### {contract.zh} `{contract.name}`", "", facts, "", *_head(section["columns"]), *rows])


def _codes(text: dict[str, Any], language: str) -> str:
    section = text["codes"]
    parts = [f"## {section['title']}\n\n{section['body']}"]
    for codes in code_lists().values():
        rows = [_row(f"`{code.code}`", code.zh, *([] if language == "zh" else [code.en])) for code in codes.codes]
        heading = f"### `{codes.name}` ({section['version']} {codes.version})"
        parts.append("\n".join([heading, "", *_head(section["columns"]), *rows]))
    return "\n\n".join(parts)


def _rules(text: dict[str, Any], language: str) -> str:
    section = text["rules"]
    parts = [f"## {section['title']}\n\n{section['body']}"]
    rules = catalogue()
    for severity, words in SEVERITIES.items():
        chosen = sorted(
            (rule for rule in rules if rule.severity == severity), key=lambda rule: (rule.datasets, rule.id)
        )
        if chosen:
            rows = [_rule(rule, section, language) for rule in chosen]
            parts.append(
                "\n".join([f"### {words.in_(language)} (`{severity}`)", "", *_head(section["columns"]), *rows])
            )
    return "\n\n".join(parts)


def _rule(rule: Rule, section: dict[str, Any], language: str) -> str:
    about = [contracts()[name].zh if name in contracts() else section["every"] for name in rule.datasets]
    dataset = ", ".join(about) or section["package"]
    title, mend = (rule.title_zh, rule.mend_zh) if language == "zh" else (rule.title_en, rule.mend_en)
    notes = [section["trial"]] if rule.trial else []
    if rule.severity_if_required:
        heavier = label(SEVERITIES, rule.severity_if_required).in_(language)
        notes.append(section["if_required"].format(severity=heavier))
    return _row(" ".join([f"`{rule.id}`", *notes]), dataset, title, mend)


def _head(columns: list[str]) -> list[str]:
    return [_row(*columns), "|" + "---|" * len(columns)]


def _row(*cells: str) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
