"""A letter as one self-contained HTML page: inlined style, no outside asset, everything from outside escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from include.contract import ACCEPTED_VERSIONS, contracts
from include.contract.words import (
    ATTEMPT_STATES,
    FINDING_STATES,
    FORBIDDEN_KINDS,
    LAYOUT_KINDS,
    QUALITY_DIMENSIONS,
    SEVERITIES,
    SYNTHETIC,
    VALUE_CLASSES,
    Label,
    label,
)
from include.letters.facts import Letter
from include.letters.verdict import until, verdict
from include.rules.catalogue import why_zh

_TEMPLATES = Path(__file__).parent / "templates"
_PLACES = 3
"""Places of a rule that are told beside what to mend first; all are told below."""


class _Labels(dict[str, str]):
    """Chinese labels looked up by word, or the word itself."""

    def __init__(self, labels: dict[str, Label]) -> None:
        super().__init__({word: words.zh for word, words in labels.items()})

    def __missing__(self, word: str) -> str:
        return word


@cache
def environment(*folders: Path) -> Environment:
    """Templates of `folders`, then those of letters, with the words and the style of every page to a clerk."""
    environment = Environment(
        loader=FileSystemLoader([*folders, _TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (_TEMPLATES / "letter.css").read_text(encoding="utf-8")
    environment.globals.update(
        # Our own file, read from this folder: the one thing that is not escaped.
        style=Markup(style),  # noqa: S704
        synthetic=SYNTHETIC,
        accepted_versions=", ".join(ACCEPTED_VERSIONS),
        label=label,
        states=ATTEMPT_STATES,
        dimensions=QUALITY_DIMENSIONS,
        severities=SEVERITIES,
        classes=_Labels(VALUE_CLASSES),
        finding_states=_Labels(FINDING_STATES),
        dataset_zh=dataset_zh,
        column_zh=column_zh,
        columns_zh=lambda dataset, names: "、".join(column_zh(dataset, name) for name in names),
        forbidden_zh=lambda kinds: "、".join(label(FORBIDDEN_KINDS, kind).zh for kind in kinds),
        forbidden_en=lambda kinds: ", ".join(label(FORBIDDEN_KINDS, kind).en for kind in kinds),
        skipped_zh=lambda skipped: "、".join(f"{kind.zh} {number}" for kind, number in _skipped(skipped)),
        skipped_en=lambda skipped: ", ".join(f"{kind.en}: {number}" for kind, number in _skipped(skipped)),
        why_zh=why_zh,
        num=lambda count: f"{count:,}",
    )
    return environment


def _skipped(skipped: tuple[str, ...]) -> list[tuple[Label, str]]:
    """What of a file is no data: its label and number."""
    return [(label(LAYOUT_KINDS, kind), number) for kind, _, number in (word.rpartition(" ") for word in skipped)]


def dataset_zh(dataset: str | None) -> str:
    """The Chinese name of a dataset; its own name when the contract does not know it."""
    known = contracts().get(dataset or "")
    return known.zh if known else (dataset or "报送包")


def column_zh(dataset: str | None, column: str | None) -> str:
    """A column's Chinese name as the file's header has it, or that of a forbidden kind; else its own name."""
    known = contracts().get(dataset or "")
    if column and known and known.has(column):
        return known.column(column).zh
    return FORBIDDEN_KINDS[column].zh if column in FORBIDDEN_KINDS else (column or "")


def render(letter: Letter) -> str:
    """The page; the same facts give the same bytes."""
    template = environment().get_template("letter.html.j2")
    return template.render(
        letter=letter, verdict=verdict(letter), until=until(letter), places=_PLACES, contact_en=letter.contact
    )
