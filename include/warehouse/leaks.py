"""The last look at what people are about to get: no letter and no page of the board names a person or another's house.

Letters and board are written from files that hold no such value; this holds if one of them ever does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date

from include.intake.identity import WEIGHTS

_CHECK_CHARACTERS = "10X98765432"
_NUMBER = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
_HASH = re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{64}(?![0-9a-fA-F])")
#: A household's key: its county and its own number. An attempt's id ends in five digits, and is none.
_KEY = re.compile(r"(?<![0-9A-Za-z-])([1-9][0-9]{5})-(?![0-9]{5}(?![0-9A-Za-z]))([A-Za-z]*[0-9]{4,}[A-Za-z0-9]*)")


class Leak(RuntimeError):
    """A page or letter would tell of a person; it is not written, and what was there before stays."""


def refuse_leaks(text: str, where: str, own_county: str | None = None, findings: Collection[str] = ()) -> None:
    """Raise Leak when a text holds a resident number, a person's hash, or the key of a household.

    Keys of `own_county` (its stable id) may be told, to the county itself; ids of `findings` look like a person's hash
    and are none. The message says what and how often, never the value.
    """
    found = list(_leaks(text, own_county, findings))
    if found:
        told = ", ".join(f"{found.count(what)} of {what}" for what in sorted(set(found)))
        raise Leak(
            f"{where} was not written: it would tell {told}. Stop the letters and the board, and find the column of"
            " quality.duckdb or marts_open.duckdb that it comes from; see docs/runbooks/gate-disclosure.md"
        )


def _leaks(text: str, own_county: str | None, findings: Collection[str]) -> Iterator[str]:
    for found in _NUMBER.finditer(text):
        if _is_resident_number(found[0].upper()):
            yield "a resident number"
    for found in _HASH.finditer(text):
        if found[0] not in findings:
            yield "a person's hash"
    for found in _KEY.finditer(text):
        if found[1] != own_county:
            yield "a household's key"


def _is_resident_number(number: str) -> bool:
    """Check digit and birth date are right: a household's own number of 18 digits is as good as never both."""
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
    return number[17] == _CHECK_CHARACTERS[total % 11]
