"""The last look at what people are about to get: no letter, receipt or page of the board names a person or their house.

They are written from files that hold no such value; this holds if one of them ever does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date

from include.intake.identity import CHECK_CHARACTERS, RESIDENCE_PERMITS, WEIGHTS
from include.intake.long_numbers import narrowed
from include.intake.submitters import province_codes

#: Every 18 characters of a run of digits: a number may have another written on to it.
_NUMBER = re.compile(r"(?=([0-9]{17}[0-9Xx]))")
#: Issued until 1999, without century and check digit; so it must stand alone, not within a hash or a name.
_OLD_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{15}(?![0-9A-Za-z])")
_HASH = re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{64}(?![0-9a-fA-F])")
#: A household's key: its county and its own number. An attempt's id ends in five digits, and is none.
_KEY = re.compile(r"(?<![0-9A-Za-z-])([1-9][0-9]{5})-(?![0-9]{5}(?![0-9A-Za-z]))([A-Za-z]*[0-9]{4,}[A-Za-z0-9]*)")


class Leak(RuntimeError):
    """A page or letter would tell of a person; it is not written, and what was there before stays."""


def refuse_leaks(text: str, where: str, own_county: str | None = None, known: Collection[str] = ()) -> None:
    """Raise Leak when a text holds a resident number, a person's hash, or the key of a household.

    Keys of `own_county` (its stable id) may be told, to the county itself. `known` are words that look like a person's
    and are none: ids of findings like a hash, the county's own household numbers like an old resident number. The
    message says what and how often, never the value.
    """
    plain = narrowed(text)
    found = [*personal(plain, known), *_keys(plain, own_county)]
    if found:
        told = ", ".join(f"{found.count(what)} of {what}" for what in sorted(set(found)))
        raise Leak(
            f"{where} was not written: it would tell {told}. Keep it back, and find the column of quality.duckdb or"
            " marts_open.duckdb that it comes from; see docs/runbooks/gate-disclosure.md"
        )


def personal(text: str, known: Collection[str] = ()) -> Iterator[str]:
    """What kind of thing a text tells of a person, once for each: a resident number or a hash that is not `known`."""
    plain = narrowed(text)
    for found in _NUMBER.finditer(plain):
        if _is_resident_number(found[1].upper()):
            yield "a resident number"
    for found in _OLD_NUMBER.finditer(plain):
        if found[0] not in known and _is_old_number(found[0]):
            yield "a resident number"
    for found in _HASH.finditer(plain):
        if found[0] not in known:
            yield "a person's hash"


def _keys(text: str, own_county: str | None) -> Iterator[str]:
    for found in _KEY.finditer(text):
        if found[1] != own_county:
            yield "a household's key"


def _is_resident_number(number: str) -> bool:
    """Province, birth date and check digit are right: a household's own number is as good as never all of these."""
    in_place = number[:2] in (*province_codes(), *RESIDENCE_PERMITS)
    if not in_place or number[6:8] not in ("18", "19", "20") or not _is_day(number[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
    return number[17] == CHECK_CHARACTERS[total % 11]


def _is_old_number(number: str) -> bool:
    """Province and birth date are right; no check digit guards the old form."""
    return number[:2] in province_codes() and _is_day(f"19{number[6:12]}")


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
