"""The drill: a home is lost after its first night and brought back elsewhere; the second night ends the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from include.home import Home
from include.settings import Settings
from include.upkeep.backup import LAKE_LAST_FIRST, back_up
from include.upkeep.restore import restore
from include.warehouse.content_hash import content_hash
from tests.conftest import PlayedCountry, play


def test_the_night_after_a_restore_gives_the_marts_that_were_lost(
    played_country: PlayedCountry, tmp_path: Path
) -> None:
    """What the second night left is taken away first, so that one night is played instead of three."""
    first, second = played_country.nights
    lost = played_country.copy_to(tmp_path / "lost")
    expected = content_hash((lost.home.published / "marts.duckdb").resolve())
    attempts = _attempts(lost.home)
    _take_back(lost.home, f"{second:%Y-%m-%d}", f"{first:%Y-%m-%d}")

    done = back_up(lost.home, tmp_path / "backups")
    assert done.folder.name == f"{first:%Y-%m-%d}"
    shutil.rmtree(lost.home.root)
    back = Home(tmp_path / "back")
    restore(done.folder, back)
    play(played_country.folder, back, Settings(home=back.root, batches=lost.settings.batches), (second,))

    published = (back.published / "marts.duckdb").resolve()
    assert f"{second:%Y-%m-%d}" in published.name
    assert content_hash(published) == expected
    assert _attempts(back) == attempts


def test_every_folder_that_a_night_leaves_in_the_lake_has_its_place_in_the_order(played_country: PlayedCountry) -> None:
    left = {path.name for path in played_country.home.lake.iterdir() if path.is_dir() and path.name[0] != "."}
    assert left == {kind for step in LAKE_LAST_FIRST for kind in step}


def _attempts(home: Home) -> list[tuple[object, ...]]:
    return duckdb.sql(
        "select attempt_id, package, sha256, night "
        f"from read_parquet('{home.lake_glob('attempts')}', hive_partitioning = false) order by attempt_id"
    ).fetchall()


def _take_back(home: Home, second: str, first: str) -> None:
    """Remove what the second night wrote and let the links point to the first night's files again."""
    for room in (home.lake, home.landing):
        for partition in sorted(room.glob(f"**/night={second}")):
            shutil.rmtree(partition)
    for letters in home.outbox.glob(f"*/{second}"):
        shutil.rmtree(letters)
    for link in [path for path in home.published.iterdir() if path.is_symlink()]:
        (older,) = home.published.glob(f"{link.stem}-{first}-*.duckdb")
        link.unlink()
        link.symlink_to(older.name)
    for version in home.published.glob(f"*-{second}-*.duckdb"):
        version.unlink()
