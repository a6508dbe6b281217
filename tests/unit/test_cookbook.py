"""Answers of the cookbook: written below each question, written again the same, stale ones replaced."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.warehouse.cookbook import ROWS_SHOWN, answered, questions, write_answers

DOCUMENT = """# Cookbook

### 1. How many?

```sql
select count(*) as households, null as nothing, true as yes from households;
```

### 2. Which?

```sql
select key from households order by key;
```

<!-- answer -->
| key |
| --- |
| gone |
<!-- end of answer -->

The end.
"""


@pytest.fixture
def marts(tmp_path: Path) -> Path:
    """A file with twelve households."""
    path = tmp_path / "marts.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table households as select 'a|' || i as key from range(12) as t(i)")
    return path


def test_every_question_is_answered_below_it(marts: Path) -> None:
    text = answered(DOCUMENT, marts)
    assert "| households | nothing | yes |\n| --- | --- | --- |\n| 12 |  | true |\n<!-- end of answer -->" in text
    assert "gone" not in text
    assert "| a\\|0 |" in text, "a bar in a value would end its cell"
    assert f"The first {ROWS_SHOWN} of 12 rows." in text
    assert text.endswith("\nThe end.\n")


def test_answers_written_again_are_the_same(marts: Path) -> None:
    once = answered(DOCUMENT, marts)
    assert answered(once, marts) == once
    assert questions(once) == questions(DOCUMENT)


def test_a_question_without_an_answer_is_refused_and_the_document_stays(marts: Path, tmp_path: Path) -> None:
    document = tmp_path / "cookbook.md"
    document.write_text("```sql\nselect key from households where key = 'nobody';\n```\n", encoding="utf-8")
    before = document.read_bytes()
    with pytest.raises(ValueError, match="no answer"):
        write_answers(document, marts)
    assert document.read_bytes() == before


def test_a_document_is_written_with_its_answers(marts: Path, tmp_path: Path) -> None:
    document = tmp_path / "cookbook.md"
    document.write_text(DOCUMENT, encoding="utf-8")
    assert write_answers(document, marts) == 2
    assert document.read_text(encoding="utf-8") == answered(DOCUMENT, marts)
