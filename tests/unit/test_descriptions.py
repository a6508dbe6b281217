"""Every column of the published marts says what it means: more than its name, with the unit of what is measured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from include.contract import load_yaml
from include.warehouse.sources import PROJECT

_EMPTY = frozenset(
    re.findall(
        r"\w+", "a an and as at be been by for from has in is it its not of on or that the this to was when with"
    )
)
_UNITS = re.compile(
    r"yuan|share|ratio|rate\b|0 to 1|per ?cent|\bmu\b|metre|points|weight|days|persons|households|unit|number|score"
    r"|coefficient|logarithm",
    re.IGNORECASE,
)
FEWEST_MARTS, FEWEST_COLUMNS, FEWEST_WORDS = 50, 700, 3


@dataclass(frozen=True)
class Column:
    """A column of a mart as its YAML tells it."""

    mart: str
    name: str
    type: str
    text: str


def _marts() -> Iterator[tuple[str, str, list[Column]]]:
    for path in sorted((PROJECT / "models" / "marts").glob("*/*__*.yml")):
        for model in load_yaml(path.read_text(encoding="utf-8")).get("models", []):
            columns = [
                Column(model["name"], str(c["name"]), str(c["data_type"]), str(c.get("description", "")))
                for c in model["columns"]
            ]
            yield model["name"], str(model.get("description", "")), columns


def _columns() -> list[Column]:
    return [column for _, _, columns in _marts() for column in columns]


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.lower())) - _EMPTY


def says_more_than_its_name(column: Column) -> bool:
    """At least two words that the name does not have already, in the singular or the plural."""
    own = {form for word in column.name.lower().split("_") for form in (word, f"{word}s", word.removesuffix("s"))}
    return len({word for word in _words(column.text) if word not in own}) > 1


def says_its_unit(column: Column) -> bool:
    """Of amounts, areas, ratios and other fractions: what one of it is."""
    return not column.type.startswith(("decimal", "double")) or bool(_UNITS.search(column.text))


def says_what_true_is(column: Column) -> bool:
    return column.type != "boolean" or column.text.startswith("True ")


def test_a_repetition_of_the_name_is_no_description() -> None:
    """The check itself."""
    repeats = Column("m", "offered_on", "date", "The day it was offered")
    says = Column("m", "offered_on", "date", "Day on which the office offered it to the household.")
    assert not says_more_than_its_name(Column("m", "fuel", "varchar", "Main fuel"))
    assert not says_more_than_its_name(repeats)
    assert says_more_than_its_name(says)
    assert not says_its_unit(Column("m", "amount", "decimal(18, 2)", "Money delivered"))


def test_every_mart_and_column_is_described() -> None:
    marts = list(_marts())
    columns = _columns()
    assert len(marts) > FEWEST_MARTS
    assert len(columns) > FEWEST_COLUMNS
    assert [name for name, text, _ in marts if len(_words(text)) < FEWEST_WORDS] == []
    for check in (says_more_than_its_name, says_its_unit, says_what_true_is):
        assert [f"{c.mart}.{c.name}: {c.text}" for c in columns if not check(c)] == [], check.__doc__
