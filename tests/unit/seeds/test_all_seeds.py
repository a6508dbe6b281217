"""Every seed is plain text with real dates and sources; dbt tests keys, codes and references when they are loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.unit.seeds.facts import (
    SEEDS,
    day,
    read,
)


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.csv")), ids=lambda path: path.stem)
def test_a_seed_is_plain_utf8_with_unix_lines_real_dates_and_under_one_mebibyte(path: Path) -> None:
    content = path.read_bytes()
    assert len(content) < 1024 * 1024
    assert b"\r" not in content and content.endswith(b"\n") and not content.startswith(b"\xef\xbb\xbf")
    content.decode("utf-8")
    for row in read(path):
        start, end = (day(row.get(name, ""), edge) for name, edge in (("valid_from", date.min), ("valid_to", date.max)))
        assert start <= end, row
        day(row.get("known_from", ""), date.min)
        assert row.get("source", "x"), row
        assert all(value == value.strip() for value in row.values()), row
