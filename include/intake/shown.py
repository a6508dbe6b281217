"""Texts from outside that are told on: names of packages, files, datasets and unknown columns."""

from __future__ import annotations

import re

from include.intake.long_numbers import IN_A_NAME, for_python

_LONGEST = 80
_SOMEBODYS = for_python(IN_A_NAME)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def shown(text: str, longest: int = _LONGEST) -> str:
    """The text on one line, cut, and with "#" for a number that could be somebody's."""
    readable = text.encode("utf-8", errors="replace").decode("utf-8")  # a manifest can hold half a character
    return _SOMEBODYS.sub("#", " ".join(_CONTROL.sub(" ", readable).split()))[:longest]


def shown_once(text: str, used: set[str]) -> str:
    """As `shown`, but different from every name in `used`, to which it is added: two files never become one."""
    name = first = shown(text)
    again = 1
    while name in used:
        again += 1
        name = f"{first}~{again}"
    used.add(name)
    return name
