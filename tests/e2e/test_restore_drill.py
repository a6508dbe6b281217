"""The drill: a home is lost after its first night and brought back elsewhere; it ends as one that was not lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from include.home import LAKE_KINDS, Home
from include.settings import Settings
from include.upkeep.backup import back_up
from include.upkeep.restore import restore
from include.warehouse.content_hash import content_hash
from tests.conftest import PlayedCountry, copy_secret, play


@pytest.mark.long
def test_a_home_lost_between_two_nights_ends_as_one_that_was_not(played_country: PlayedCountry, tmp_path: Path) -> None:
    """With batches of its own: first night, backup, loss, restore, second night with a reader that stays."""
    first, second = played_country.nights
    lost = Home(tmp_path / "lost")
    copy_secret(played_country.home, lost)
    play(played_country.folder, lost, Settings(home=lost.root, batches=5), (first,))
    done = back_up(lost, tmp_path / "backups")
    assert done.folder.name == f"{first:%Y-%m-%d}"
    shutil.rmtree(lost.root)
    back = Home(tmp_path / "back")
    restore(done.folder, back)

    link = str(back.published / "marts.duckdb")
    question = "select count(*), max(h.as_of), (select night from quality.publication) from household.households as h"
    with duckdb.connect(link, read_only=True) as reader:
        before = reader.execute(question).fetchone()
        play(played_country.folder, back, Settings(home=back.root, batches=5), (second,))
        assert reader.execute(question).fetchone() == before
    with duckdb.connect(link, read_only=True) as reader:
        after = reader.execute(question).fetchone()
    assert before is not None and after is not None
    assert (before[2], after[2]) == (first, second)
    assert after[1] > before[1]
    assert _content(back) == _content(played_country.home)
    assert _attempts(back) == _attempts(played_country.home)


def test_every_folder_that_a_night_leaves_in_the_lake_has_its_place_in_the_order(played_country: PlayedCountry) -> None:
    left = {path.name for path in played_country.home.lake.iterdir() if path.is_dir() and path.name[0] != "."}
    by_hand = {"receipts", "restated"}  # of a receipt before the night, and of a withdrawal
    assert left | by_hand == set(LAKE_KINDS)


def _attempts(home: Home) -> list[tuple[object, ...]]:
    return duckdb.sql(
        "select attempt_id, package, sha256, night "
        f"from read_parquet('{home.lake_glob('attempts')}', hive_partitioning = false) order by attempt_id"
    ).fetchall()


def _content(home: Home) -> str:
    return content_hash((home.published / "marts.duckdb").resolve())
