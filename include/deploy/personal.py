"""Looks for what a synthetic country sent of persons where none of it may be: in Airflow's database and logs."""

from __future__ import annotations

import csv
import re
from pathlib import Path

PERSONAL = ("姓名", "联系电话", "银行账号", "证件号码", "resident_number")
"""Headers, as offices write them, of what stops at the door."""
_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9]{10,}[Xx]?(?![0-9A-Za-z])")
_HAN = re.compile(r"[\u3400-\u9fff·]{2,}")


def sent(country: Path) -> set[str]:
    """Every personal value in the CSV files of a country, as it was sent."""
    values: set[str] = set()
    for path in country.rglob("*.csv"):
        for row in csv.DictReader(_text(path.read_bytes()).splitlines()):
            values |= {str(row[header]) for header in PERSONAL if row.get(header)}
    return values


def held(text: str, values: set[str]) -> set[str]:
    """Those of the values that stand in the text as a number or as a run of Chinese characters of its own."""
    return values & {found[0] for pattern in (_DIGITS, _HAN) for found in pattern.finditer(text)}


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")
