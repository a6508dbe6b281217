"""A problem of a rulebook in words: the line, what is wrong, why it matters, how to mend it; Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong on one line; `kind` is an entry of problems.yaml, `details` fill its sentences."""

    line: int
    column: str
    kind: str
    details: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def refuses(self) -> bool:
        """True when the rulebook cannot be taken with it; False for what its issuer should look at."""
        return bool(_texts()[self.kind]["severity"] == "refuse")

    def say(self, part: str, language: str) -> str:
        """The sentence of a part (what, why or mend) in a language (zh or en)."""
        return str(_texts()[self.kind][part][language]).format_map(self.details)

    def as_record(self, file: str) -> dict[str, Any]:
        """The problem for a machine."""
        sentences = {f"{part}_{lang}": self.say(part, lang) for part in ("what", "why", "mend") for lang in LANGUAGES}
        severity = "refuse" if self.refuses else "advice"
        where = {"file": file, "line": self.line, "column": self.column}
        return {**where, "kind": self.kind, "severity": severity, **sentences}

    def __str__(self) -> str:
        where = f"{self.line} {self.column}".rstrip()
        told = [" ".join(self.say(part, language) for part in ("what", "why", "mend")) for language in LANGUAGES]
        return "\n".join([f"line {where} [{self.kind}]" + ("" if self.refuses else " (advice)"), *told])


@cache
def _texts() -> dict[str, Any]:
    texts: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("problems.yaml").read_text(encoding="utf-8"))
    return texts
