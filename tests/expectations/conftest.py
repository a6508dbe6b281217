"""A played home of one's own for each test module, to break things in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from expectations.gate import GateFailed, run_gate
from tests.conftest import PlayedCountry


class Judged:
    """A played home whose files a test may break; what was broken is put back afterwards."""

    def __init__(self, country: PlayedCountry, kept: Path) -> None:
        self.home, self.settings, self.night = country.home, country.settings, country.nights[1]
        self._kept, self._broken = kept, dict[Path, Path]()

    def keep(self, path: Path) -> Path:
        """Remember a file as it is; `restore` brings it back."""
        if path not in self._broken:
            copy = self._kept / f"{len(self._broken)}-{path.name}"
            shutil.copy2(path, copy)
            self._broken[path] = copy
        return path

    def change(self, path: Path, *statements: str) -> None:
        """Run SQL in a DuckDB file."""
        with duckdb.connect(str(self.keep(path))) as connection:
            for statement in statements:
                connection.execute(statement)

    def rewrite(self, path: Path, query: str) -> None:
        """Replace a Parquet file by a query over `{file}`, its old rows."""
        old = self.keep(path).with_suffix(".old")
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

    def restore(self) -> None:
        """Put every broken file back."""
        for path, copy in self._broken.items():
            shutil.move(copy, path)
        self._broken.clear()


@pytest.fixture(scope="module")
def judged_home(played_country: PlayedCountry, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """A copy of the played home for the module."""
    folder = tmp_path_factory.mktemp("judged")
    (folder / "kept").mkdir()
    return Judged(played_country.copy_to(folder / "home"), folder / "kept")


@pytest.fixture
def judged(judged_home: Judged) -> Iterator[Judged]:
    """The module's home, whole again after each test."""
    yield judged_home
    judged_home.restore()
