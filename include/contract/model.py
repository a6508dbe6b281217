"""Loads the ODCS contracts into small frozen values that the rest of the project reads."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml
from open_data_contract_standard.model import OpenDataContractStandard, SchemaProperty

_HERE = files("include.contract")


def load_yaml(text: str) -> Any:
    """Plain YAML, read by the C loader where there is one: the catalogue and contracts load ten times sooner."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both loaders are safe


#: Columns that every dataset ends with: nothing is updated in place, and a close names its reason, date and decider.
COMMON_COLUMNS = ("operation", "close_reason", "closed_on", "closed_by")


@dataclass(frozen=True)
class Code:
    """One code of a list with its labels."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class CodeList:
    """A versioned list of codes."""

    name: str
    version: str
    codes: tuple[Code, ...]

    def values(self) -> tuple[str, ...]:
        """The codes alone, in the list's order."""
        return tuple(code.code for code in self.codes)


@dataclass(frozen=True)
class Column:
    """One column of a dataset as the contract states it."""

    name: str
    zh: str
    type: str  # string, integer, number, date, boolean (ODCS logical types)
    physical_type: str  # DuckDB type of the accepted row
    required: bool
    key_position: int | None
    classification: str | None  # hashed, personal, sensitive or None
    code_list: str | None
    max_items: int | None  # a comma list of at most so many codes
    reference: str | None  # "places" for division codes
    unit: str | None
    free_text: bool  # written by hand: what names or reaches a person is emptied at the door
    description: str
    why: str

    @property
    def hashed(self) -> bool:
        """True for a column that becomes a keyed hash at the door (the resident number)."""
        return self.classification == "hashed"


@dataclass(frozen=True)
class Contract:
    """One dataset: who may send it, its grain and its columns in the order of the template."""

    name: str
    zh: str
    version: str
    description: str
    grain: str
    submitted_by: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the key columns, in order."""
        keyed = [c for c in self.columns if c.key_position is not None]
        return tuple(c.name for c in sorted(keyed, key=lambda c: c.key_position or 0))

    def column(self, name: str) -> Column:
        """The column of that name; raises KeyError when the dataset has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    def has(self, name: str) -> bool:
        """True when the dataset has a column of that name."""
        return any(column.name == name for column in self.columns)

    @property
    def lake_columns(self) -> tuple[Column, ...]:
        """Columns that reach the lake under their own name: all but the hashed ones."""
        return tuple(c for c in self.columns if not c.hashed)

    @property
    def headers(self) -> dict[str, str]:
        """Every header a file of the current version may carry, normalised, to the column's name."""
        return self.headers_of(CURRENT_VERSION)

    def headers_of(self, version: str) -> dict[str, str]:
        """Every header a file of a contract version may carry: aliases, and the Chinese and the English name."""
        known = {normalise_header(alias): name for alias, name in header_aliases(version).get(self.name, {}).items()}
        known.update({normalise_header(c.zh): c.name for c in self.columns})
        known.update({normalise_header(c.name): c.name for c in self.columns})
        return known


@lru_cache(maxsize=4096)  # the files of a night bring the same few headers
def normalise_header(text: str) -> str:
    """A header as it is compared: without outer or inner white space, lower case, full-width forms folded."""
    if not text.isascii():  # most cells are, and then there is nothing to fold
        text = unicodedata.normalize("NFKC", text)
    return "".join(text.split()).lower()


def _custom(prop: SchemaProperty) -> dict[str, Any]:
    return {c.property or "": c.value for c in prop.customProperties or []}


def _column(prop: SchemaProperty) -> Column:
    custom = _custom(prop)
    name = prop.name or ""
    code_list = custom.get("code_list")
    return Column(
        name=name,
        zh=prop.businessName or name,
        type=prop.logicalType or "string",
        physical_type=prop.physicalType or "VARCHAR",
        required=bool(prop.required),
        key_position=prop.primaryKeyPosition if prop.primaryKey else None,
        classification=prop.classification,
        # The measures catalogue is a seed of the warehouse; its codes are checked by reference, not by list.
        code_list=None if code_list == "measure" else code_list,
        max_items=int(custom["max_items"]) if "max_items" in custom else None,
        reference="measures" if code_list == "measure" else custom.get("reference"),
        unit=custom.get("unit"),
        free_text=bool(custom.get("free_text", False)),
        description=prop.description or "",
        why=str(custom.get("why", "")),
    )


def _contract(text: str) -> Contract:
    odcs = OpenDataContractStandard.model_validate(load_yaml(text))
    table = (odcs.schema_ or [])[0]
    sent_by = next(c.value for c in odcs.customProperties or [] if c.property == "submitted_by")
    return Contract(
        name=table.name or "",
        zh=table.businessName or "",
        version=odcs.version or "",
        description=table.description or "",
        grain=table.dataGranularityDescription or "",
        submitted_by=tuple(sent_by or ()),
        columns=tuple(_column(p) for p in table.properties or []),
    )


@cache
def contracts() -> dict[str, Contract]:
    """All dataset contracts by name, in alphabetical order."""
    folder = _HERE / "datasets"
    texts = sorted((p.name, p.read_text(encoding="utf-8")) for p in folder.iterdir() if p.name.endswith(".odcs.yaml"))
    loaded = [_contract(text) for _, text in texts]
    return {c.name: c for c in loaded}


def contract(name: str) -> Contract:
    """The contract of one dataset; raises KeyError for a dataset that nobody may send."""
    return contracts()[name]


@cache
def code_lists() -> dict[str, CodeList]:
    """All code lists by name."""
    raw = load_yaml((_HERE / "code_lists.yaml").read_text(encoding="utf-8"))
    return {
        name: CodeList(name, str(item["version"]), tuple(Code(str(c["code"]), c["zh"], c["en"]) for c in item["codes"]))
        for name, item in raw.items()
    }


@cache
def header_aliases(version: str) -> dict[str, dict[str, str]]:
    """For each dataset the other headers of a contract version (as written) to the column that they mean."""
    raw = load_yaml((_HERE / "aliases.yaml").read_text(encoding="utf-8")).get(version) or {}
    return {
        dataset: {str(alias): column for column, aliases in columns.items() for alias in aliases}
        for dataset, columns in raw.items()
    }


@cache
def forbidden_headers() -> dict[str, str]:
    """Normalised header to the kind of forbidden column it is (ethnicity, phone, ...)."""
    raw = load_yaml((_HERE / "forbidden.yaml").read_text(encoding="utf-8"))
    return {normalise_header(str(alias)): kind for kind, aliases in raw.items() for alias in aliases}


def _versions() -> list[dict[str, Any]]:
    return list(load_yaml((_HERE / "versions.yaml").read_text(encoding="utf-8")))


ACCEPTED_VERSIONS = tuple(str(v["version"]) for v in _versions() if v["accepted"])
CURRENT_VERSION = ACCEPTED_VERSIONS[-1]
