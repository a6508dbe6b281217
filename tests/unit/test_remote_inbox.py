"""What is fetched from a server and handed out to it, at the moments that matter; over the wire: tests/dags."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from upath import UPath

from include import kill_points
from include.home import Home
from include.intake import remote_copy, remote_inbox
from include.intake.acknowledge import acknowledge
from include.letters.remote_outbox import hand_out
from include.remote.files import LeadsElsewhere, RemoteFiles, RemoteInboxUnreachable
from include.remote.package import RemoteFile, RemotePackage
from include.settings import Settings
from tests.unit.intake_world import NIGHT
from tests.unit.remote_ground import (
    CLEAN,
    COUNTY,
    LOOKED,
    UPLOADED,
    Ground,
    ReadOnly,
    Unread,
    die,
    fetch_and_die,
    households,
)

NEXT = NIGHT + timedelta(days=1)


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def test_times_of_files_come_along(ground: Ground) -> None:
    """By them the door tells what is still being written and what a missed night may take."""
    ground.deliver()
    assert ground.fetch() == CLEAN | {"taken": 1}
    assert {path.stat().st_mtime for path in (ground.account / "p1").rglob("*")} == {UPLOADED}
    assert (ground.account / "p1").stat().st_mtime == UPLOADED
    assert ground.there() == []


def test_hidden_files_and_unfinished_uploads_are_left_alone(ground: Ground) -> None:
    for name in (".hidden", "p1.zip.part", "Thumbs.db"):
        (ground.inbox / name).write_bytes(b"x")
    assert ground.fetch() == CLEAN
    assert ground.there() == [".hidden", "Thumbs.db", "p1.zip.part"]
    assert ground.here() == []


def test_an_incomplete_package_that_has_been_quiet_is_taken_and_refused_as_by_folder(ground: Ground) -> None:
    (ground.deliver() / "manifest.json").unlink()
    os.utime(ground.inbox / "p1", (UPLOADED, UPLOADED))
    assert ground.fetch() == CLEAN | {"taken": 1}
    ground.world.receive()
    assert ground.world.lake("attempts", columns="package, refusal") == [("p1", "package-without-manifest")]


class Office(RemoteFiles):
    """A server on which something happens at the moment at which a package is looked at again for the n-th time."""

    def __init__(self, accounts: UPath, happens: Callable[[], None], when: int) -> None:
        super().__init__(accounts)
        self._happens, self._left = happens, when

    def again(self, account: str, name: str) -> RemotePackage | None:
        self._left -= 1
        if not self._left:
            self._happens()
        return super().again(account, name)


def test_what_is_written_anew_while_it_is_copied_is_not_taken(ground: Ground) -> None:
    target = ground.deliver()

    def written_anew() -> None:
        (target / "households.csv").write_bytes(households("disaster")["households.csv"])

    counts = ground.fetch(Office(UPath(f"file://{ground.accounts}"), written_anew, when=1))
    assert counts == CLEAN | {"still being written": 1}
    assert ground.here() == ["p1.remote-still-uploaded"]
    assert ground.there() == ["p1", "p1/households.csv", "p1/manifest.json"]


def test_what_is_sent_anew_before_the_old_one_is_removed_is_not_lost(ground: Ground) -> None:
    old = ground.deliver(zipped=True)

    def sent_anew() -> None:
        old.unlink()
        ground.deliver(households("disaster"), zipped=True)

    assert ground.fetch(Office(UPath(f"file://{ground.accounts}"), sent_anew, when=2))["taken"] == 1
    assert ground.there() == ["p1.zip"], "the new one is another"
    assert ground.fetch()["taken"] == 1
    assert ground.there() == []
    ground.world.receive()
    assert ground.world.lake("attempts", columns="package, number") == [("p1.zip", 1), ("p1~2.zip", 2)]
    assert ground.world.lake("read", "households", "attempt_id, main_cause") == [
        (f"{COUNTY}-00001", "illness"),
        (f"{COUNTY}-00002", "disaster"),
    ], "both are told of, and the later one stands"


def test_the_very_same_package_sent_again_before_the_night_is_one(ground: Ground) -> None:
    for _ in range(2):
        ground.deliver(zipped=True)
        assert ground.fetch()["taken"] == 1
    assert ground.here() == ["p1.zip"]
    assert ground.there() == []


def test_a_link_in_the_local_account_is_in_nobodys_way(ground: Ground) -> None:
    ground.deliver()
    ground.account.mkdir(parents=True)
    for name in ("p1", "x.remote-unsafe"):
        (ground.account / name).symlink_to("/nowhere")
    assert ground.fetch() == CLEAN | {"taken": 1}
    assert [name for name in ground.here() if "/" not in name] == ["p1", "p1~2", "x.remote-unsafe"]
    assert (ground.account / "p1~2/households.csv").read_bytes() == households()["households.csv"]


def test_what_may_not_be_removed_is_taken_once_and_told(ground: Ground) -> None:
    ground.deliver()
    world = ground.world
    for taken in (1, 0, 0):
        result = remote_inbox.fetch(
            world.home, world.settings, NIGHT, LOOKED, ReadOnly(UPath(f"file://{ground.accounts}"))
        )
        assert result.counts == CLEAN | {"taken": taken}
        assert "1 account(s) (513431) let nothing be removed" in result.notes[0]
        if taken:
            world.receive()
    assert "p1" not in ground.here()
    (ground.inbox / "p1/households.csv").write_bytes(households("disaster")["households.csv"])
    assert ground.fetch()["taken"] == 1, "a new one under the old name is a new one"
    assert ground.fetch() == CLEAN
    assert ground.there() == []


@pytest.mark.parametrize(("limit", "value"), [("MAX_FILE_BYTES", 20), ("MAX_UNPACKED_BYTES", 100), ("MAX_FILES", 1)])
def test_what_is_too_large_is_not_copied_and_the_office_is_told(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    ground.deliver()
    monkeypatch.setattr(remote_copy, limit, value)
    assert ground.fetch(Unread(UPath(f"file://{ground.accounts}"))) == CLEAN | {"left there": 1}
    world = ground.world
    _, [receipt] = acknowledge(world.home, world.settings, NIGHT, LOOKED)
    assert (receipt.package, receipt.refusal) == ("p1", "package-too-large")
    world.receive()
    assert world.lake("attempts", columns="package, refusal") == [("p1", "package-too-large")]
    assert not world.home.landing.exists()
    assert ground.there() == ["p1", "p1/households.csv", "p1/manifest.json"]
    for path in sorted(ground.inbox.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert ground.fetch() == CLEAN
    assert ground.here() == [], "when the office has removed it, nothing stands for it any more"


def test_a_file_that_grows_while_it_is_copied_is_copied_no_further_than_was_listed(ground: Ground) -> None:
    target = ground.deliver(zipped=True)
    remote = ground.remote()
    package = remote.again(COUNTY, "p1.zip")
    assert package is not None
    size = package.files[0].size
    with target.open("ab") as more:
        more.write(b"x" * 1000)
    assert sum(map(len, remote.chunks(package.files[0]))) == size + 1


class Closed(RemoteFiles):
    """A server on which one account, or one file, may not be read."""

    def __init__(self, accounts: UPath, closed: str) -> None:
        super().__init__(accounts)
        self._closed = closed

    def packages(self, account: str) -> dict[str, dict[str, object]]:
        if account == self._closed:
            raise PermissionError(13, "Permission denied")
        return super().packages(account)

    def chunks(self, file: RemoteFile) -> Iterator[bytes]:
        if file.name == self._closed:
            raise PermissionError(13, "Permission denied")
        return super().chunks(file)


@pytest.mark.parametrize(("closed", "told"), [("households.csv", "p1"), (COUNTY, "inbox")])
def test_what_may_not_be_read_is_told_to_its_office_and_stops_nobody_else(
    ground: Ground, closed: str, told: str
) -> None:
    ground.deliver()
    (ground.accounts / "513432/inbox").mkdir(parents=True)
    counts = ground.fetch(Closed(UPath(f"file://{ground.accounts}"), closed))
    assert counts == CLEAN | {"accounts": 2, "left there": 1}
    ground.world.receive()
    assert ground.world.lake("attempts", columns="package, refusal") == [(told, "package-unreadable")]
    assert ground.fetch()["taken"] == 1
    assert ground.here() == ["p1", "p1/households.csv", "p1/manifest.json"]


FETCH_POINTS = [p for p in kill_points.kill_points() if p.startswith("fetch")]


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("point", FETCH_POINTS)
def test_a_death_anywhere_loses_nothing_and_takes_nothing_twice(ground: Ground, point: str, zipped: bool) -> None:
    ground.deliver(zipped=zipped)
    die(fetch_and_die, ground, point)
    received_between = point == "fetched:after"  # the night may even come before the next look
    if received_between:
        ground.world.receive()
    ground.fetch()
    assert ground.there() == []
    assert not [path for path in ground.world.home.inbox.rglob("*") if path.name.startswith(".") and path.is_file()]
    assert not ground.world.home.fetching(COUNTY).exists()
    night = NEXT if received_between else NIGHT
    ground.world.receive(night)
    attempts = [row for of in {NIGHT, night} for row in ground.world.lake("attempts", columns="number", night=of)]
    assert attempts == [(1,)]


def test_a_death_is_made_good_also_when_the_office_sends_anew_in_between(ground: Ground) -> None:
    ground.deliver(zipped=True)
    die(fetch_and_die, ground, "fetched:after")
    (ground.inbox / "p1.zip").unlink()
    ground.deliver(households("disaster"), zipped=True)
    assert ground.fetch()["taken"] == 1
    assert ground.here() == ["p1.zip", "p1~2.zip"]
    assert ground.there() == []


def letter(home: Home, text: str, name: str = "letter.html", county: str = COUNTY) -> Path:
    path = home.letters(county, NIGHT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def outbox(ground: Ground) -> dict[str, str]:
    folder = ground.accounts / COUNTY / "outbox"
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_page_goes_out_once_and_again_when_it_has_changed(ground: Ground) -> None:
    home = ground.world.home
    letter(home, "as it was")
    letter(home, "of another", county="513432")  # delivers into the local folder
    assert hand_out(home, NIGHT, [NIGHT], ground.remote()).counts == {"handed out": 1, "taken back": 0}
    assert hand_out(home, NIGHT, [NIGHT], ground.remote()).counts == {"handed out": 0, "taken back": 0}
    letter(home, "as it is")
    letter(home, "a finding", "findings.csv")
    assert hand_out(home, NIGHT, [NIGHT], ground.remote()).counts == {"handed out": 2, "taken back": 0}
    assert outbox(ground) == {f"{NIGHT}/letter.html": "as it is", f"{NIGHT}/findings.csv": "a finding"}
    assert not (ground.accounts / "513432").exists()


def test_what_retention_or_a_deletion_removes_here_is_taken_back_there(ground: Ground) -> None:
    home = ground.world.home
    letter(home, "a letter")
    listed = letter(home, "a finding", "findings.csv")
    hand_out(home, NIGHT, [NIGHT], ground.remote())
    listed.unlink()  # nothing is found any more when the night is run again
    assert hand_out(home, NIGHT, [NIGHT], ground.remote()).counts == {"handed out": 0, "taken back": 1}
    (home.letters(COUNTY, NIGHT) / "letter.html").unlink()
    home.letters(COUNTY, NIGHT).rmdir()
    much_later = NIGHT + timedelta(days=400)
    assert hand_out(home, much_later, [much_later], ground.remote()).counts == {"handed out": 0, "taken back": 1}
    assert outbox(ground) == {}
    assert not home.handed_out(COUNTY, NIGHT).exists()


def _hand_out_and_die(ground: Ground, point: str) -> None:
    os.environ[kill_points.SETTING] = point
    hand_out(ground.world.home, NIGHT, [NIGHT], ground.remote())


@pytest.mark.parametrize("point", ["handed-out:before", "handed-out:after"])
def test_a_death_while_handing_out_leaves_every_page_there(ground: Ground, point: str) -> None:
    home = ground.world.home
    letter(home, "a letter")
    die(_hand_out_and_die, ground, point)
    hand_out(home, NIGHT, [NIGHT], ground.remote())
    assert outbox(ground) == {f"{NIGHT}/letter.html": "a letter"}
    assert [path.name for path in home.handed_out(COUNTY, NIGHT).parent.iterdir()] == [f"{NIGHT}.json"]


class NoOutbox(RemoteFiles):
    """A server on which one office's outbox may not be written into."""

    def write(self, account: str, name: str, data: bytes) -> None:
        if account == COUNTY:
            raise PermissionError(13, "Permission denied")
        super().write(account, name, data)


@pytest.mark.parametrize("linked", ["outbox", f"outbox/{NIGHT}", f"outbox/{NIGHT}/letter.html"])
def test_nothing_is_handed_out_through_a_link(ground: Ground, linked: str) -> None:
    """It would lie in another office's outbox, or over its letter."""
    home = ground.world.home
    letter(home, "of the county")
    other = ground.of("513432").parent / linked
    other.parent.mkdir(parents=True, exist_ok=True)
    if linked.endswith(".html"):
        other.write_text("of another")
    else:
        other.mkdir()
    link = ground.accounts / COUNTY / linked
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(other)
    with pytest.raises(RemoteInboxUnreachable, match=r"outbox of 1 account\(s\) \(513431\)"):
        hand_out(home, NIGHT, [NIGHT], ground.remote())
    with pytest.raises(LeadsElsewhere):
        ground.remote().take_back(COUNTY, f"{NIGHT}/letter.html")
    there = [path.read_text() for path in (ground.accounts / "513432").rglob("*") if path.is_file()]
    assert there == (["of another"] if linked.endswith(".html") else [])


def test_a_closed_outbox_is_told_after_all_others_got_theirs(ground: Ground) -> None:
    home = ground.world.home
    letter(home, "a letter")
    letter(home, "of another", county="513432")
    (ground.accounts / "513432").mkdir()
    with pytest.raises(RemoteInboxUnreachable, match=r"outbox of 1 account\(s\) \(513431\)"):
        hand_out(home, NIGHT, [NIGHT], NoOutbox(UPath(f"file://{ground.accounts}")))
    assert (ground.accounts / f"513432/outbox/{NIGHT}/letter.html").read_text() == "of another"


def test_every_point_of_the_remote_inbox_is_played_here() -> None:
    assert {point.split(":")[0] for point in FETCH_POINTS} == {"fetch-record", "fetched", "fetched-original"}
    assert len(FETCH_POINTS) == 7


def test_settings_take_no_address_by_default() -> None:
    assert Settings().inbox_url == ""
