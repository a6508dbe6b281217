"""A played home of one's own for each test, to break things in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from expectations.gate import GateFailed, run_gate
from include.home import Home
from include.settings import Settings
from tests.conftest import PlayedCountry


class Judged:
    """A played home whose files a test may break."""

    def __init__(self, country: PlayedCountry, root: Path) -> None:
        shutil.copytree(country.home.root, root, symlinks=True, copy_function=_copy, ignore=_never_read)
        self.home = Home(root)
        self.settings = Settings(home=root, batches=country.settings.batches)
        self.night = country.nights[1]

    def change(self, path: Path, *statements: str) -> None:
        """Run SQL in a DuckDB file."""
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)

    def rewrite(self, path: Path, query: str) -> None:
        """Replace a Parquet file by a query over `{file}`, its old rows."""
        old = path.with_suffix(".old")
        path.rename(old)
        rows = query.format(file=f"read_parquet('{old}', hive_partitioning = false)")
        duckdb.sql(f"copy ({rows}) to '{path}' (format parquet)")
        old.unlink()

    def failing(self, stage: str) -> set[str]:
        """Ids of the blocking checks that fail."""
        try:
            run_gate(stage, self.home, self.settings, self.night)
        except GateFailed as failure:
            return {check.check_id for check in failure.failures}
        return set()


def _copy(source: str, target: str) -> None:
    # Files of lake, landing and published are replaced and never written to: a second name for them is enough.
    if source.endswith((".parquet", ".age")) or Path(source).parent.name == "published":
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _never_read(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name in ("gx", "board", "outbox")] if Path(folder).name == "home" else []


@pytest.fixture
def judged(played_country: PlayedCountry, tmp_path: Path) -> Iterator[Judged]:
    """A copy of the played home, gone after the test."""
    yield Judged(played_country, tmp_path / "home")
    shutil.rmtree(tmp_path / "home")
