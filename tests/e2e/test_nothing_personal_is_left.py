"""No personal value that was sent lies in a home but in the encrypted landing: after two nights, and after deaths."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from include import kill_points
from include import night as steps
from include.contract import contracts
from include.country.make import make_country
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from tests.conftest import PlayedCountry
from tests.personal_values import NUMBER, PERSON_KEY, PLAIN_HASH, Hit, forms, person_keys, scan, sent_values

SENT = (NUMBER, PLAIN_HASH, "name", "phone", "bank_account", "ethnicity")
KEYS_LIVE_IN = tuple(
    f"lake/{kind}/{name}"
    for kind in ("read", "accepted", "held")
    for name, contract in contracts().items()
    if any(column.hashed for column in contract.columns)
)
"""The keyed hash of a resident number lives in the lake alone, so that a person is met across counties and nights."""
NIGHT = date(2026, 11, 20)


def found_in(home: Home, country: Path, *left_out: Path) -> list[Hit]:
    """What lies in a home, but for the landing, of which another test says that it is encrypted."""
    values = sent_values(country) | {PERSON_KEY: person_keys(home)}
    hits, read = scan(home.root, values, [home.landing, *left_out])
    assert read > 10
    return hits


def outside_the_lake(hits: list[Hit]) -> list[Hit]:
    return [hit for hit in hits if hit.kind != PERSON_KEY or hit.path.split("/night=")[0] not in KEYS_LIVE_IN]


def test_the_country_sends_what_must_not_stay(played_country: PlayedCountry) -> None:
    sent = sent_values(played_country.folder)
    assert len(sent[NUMBER]) > 5_000
    assert set(SENT) <= set(sent), "a kind that no county sends proves nothing"
    for kind in SENT:
        assert sent[kind]
        overlooked = [value for value in sent[kind] if not forms()[kind].fullmatch(value)]
        assert not overlooked, f"{len(overlooked)} values of {kind} would be overlooked"


def test_the_scan_finds_what_lies_in_each_kind_of_file(played_country: PlayedCountry, tmp_path: Path) -> None:
    """The packages themselves, and a database, a workbook and a log with them: all are seen through."""
    import duckdb

    first = next(path for path in sorted(played_country.folder.glob("*/*/persons.csv")))
    account = tmp_path / "inbox" / first.parent.name
    account.mkdir(parents=True)
    (account / first.name).write_bytes(first.read_bytes())
    book = next(path for path in sorted(played_country.folder.glob("*/*/persons.xlsx")))
    (account / book.name).write_bytes(book.read_bytes())
    values = sent_values(played_country.folder)
    number = min(values[NUMBER]).decode()
    hashed = min(values[PLAIN_HASH]).decode()
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("create schema s")
        connection.execute("create table s.t as select ? as a", [number])
        connection.execute(f"copy (select '{number}' as a) to '{tmp_path / 'b.parquet'}'")
    (tmp_path / "task.log").write_text(f"row 3: {number} {hashed} 模拟民族", encoding="gb18030")
    hits, read = scan(tmp_path, values)
    assert read == 5
    seen = {(hit.kind, hit.path.split("/")[-1]) for hit in hits}
    assert {(NUMBER, name) for name in ("persons.csv", "persons.xlsx", "a.duckdb", "b.parquet", "task.log")} <= seen
    assert {(PLAIN_HASH, "task.log"), ("ethnicity", "task.log")} <= seen


def test_after_two_nights_nothing_that_was_sent_is_left(played_country: PlayedCountry) -> None:
    hits = found_in(played_country.home, played_country.folder)
    assert outside_the_lake(hits) == []
    seen = {hit.path.split("/night=")[0] for hit in hits}
    assert seen >= {"lake/read/persons", "lake/accepted/persons", "lake/held/persons"}, (
        "it sees the keys where they are"
    )


def test_the_landing_cannot_be_read_without_the_identity(played_country: PlayedCountry) -> None:
    archived = sorted(Path(played_country.home.landing).rglob("*.age"))
    assert len(archived) >= 24
    sent = sent_values(played_country.folder)
    assert scan(played_country.home.landing, {kind: sent[kind] for kind in SENT})[0] == []
    for path in archived[:5]:
        assert path.read_bytes().startswith(b"age-encryption.org/v1")


def _die(root: Path, step: str, arguments: tuple[str, ...], point: str) -> None:
    os.environ[kill_points.SETTING] = point
    home = Home(root)
    settings = Settings(home=root, batches=1)
    leading, trailing = (arguments, ()) if step == "build" else ((), arguments)
    getattr(steps, step)(home, settings, *leading, NIGHT, *trailing)


@pytest.fixture
def dying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Home]]:
    """A country whose ten counties send forbidden columns too, and a home in which its night dies again and again."""
    root = tmp_path_factory.mktemp("dying")
    make_country(root / "country", counties=10, households=200, nights=1, seed=9, faults="none")
    home = Home(root / "home")
    deliver(root / "country", home, NIGHT)
    yield root / "country", home


Death = tuple[str, tuple[str, ...], tuple[str, ...]]
DEATHS: list[Death] = [
    ("receive", ("0-of-1",), ("landing:before", "read:before", "findings_receive:before", "inbox-package:before")),
    ("meet", (), ("met:before",)),
    ("check", ("0-of-1",), ("findings_check:before",)),
    ("judge", ("0-of-1",), ("accepted:before", "rejected:after")),
    ("build", ("seeds",), ("dbt-seeds:after",)),
    ("build", ("staging_intermediate",), ("dbt-staging_intermediate:during",)),
]


@pytest.mark.parametrize(
    "deaths", [DEATHS[:4], pytest.param(DEATHS, marks=pytest.mark.long)], ids=["lake", "warehouse"]
)
def test_a_kill_in_the_middle_leaves_nothing_personal_behind(dying: tuple[Path, Home], deaths: list[Death]) -> None:
    """Part files and logs of a database count too; only packages that are not yet received are left out."""
    country, home = dying
    values = sent_values(country)
    left_over: set[str] = set()
    for step, arguments, points in deaths:
        for point in points:
            server = multiprocessing.get_context("spawn")
            process = server.Process(target=_die, args=(home.root, step, arguments, point))
            process.start()
            process.join()
            assert process.exitcode == -signal.SIGKILL, point
            left_over |= {path.suffix for path in home.root.rglob("*") if path.suffix in (".part", ".wal")}
            hits, _ = scan(home.root, values, [home.landing, home.inbox])
            assert hits == [], point
        leading, trailing = (arguments, ()) if step == "build" else ((), arguments)
        getattr(steps, step)(home, Settings(home=home.root, batches=1), *leading, NIGHT, *trailing)
    assert ".part" in left_over, "something was cut off in the middle, and was looked at"
    assert [path for path in home.inbox.rglob("*") if path.is_file()] == []
