"""What is handed out to a server after an outage, a deletion, a death, and when one office's outbox is in the way."""

from __future__ import annotations

import os
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from upath import UPath

from include import night as steps
from include.home import Home
from include.letters import remote_outbox
from include.remote.files import RemoteFiles, RemoteInboxUnreachable
from include.settings import Settings
from tests.unit.intake_world import NIGHT

COUNTY, OTHER = "513431", "513432"
DAY = timedelta(days=1)


class Centre:
    """A centre, and a server's folder with the accounts of two counties."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root / "centre")
        self.accounts = root / "accounts"
        for county in (COUNTY, OTHER):
            (self.accounts / county / "inbox").mkdir(parents=True)
        self.url = f"file://{self.accounts}"

    def letter(self, text: str, night: date = NIGHT, name: str = "letter.html", county: str = COUNTY) -> Path:
        path = self.home.letters(county, night) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def hand_out(self, night: date = NIGHT, remote: RemoteFiles | None = None) -> dict[str, int]:
        """As a task of this night does it."""
        if remote:
            return remote_outbox.hand_out(self.home, night, [night], remote).counts
        return steps.hand_out(self.home, Settings(inbox_url=self.url), night).counts

    def there(self, county: str = COUNTY) -> dict[str, str]:
        outbox = self.accounts / county / "outbox"
        return {path.relative_to(outbox).as_posix(): path.read_text() for path in outbox.rglob("*") if path.is_file()}


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    return Centre(tmp_path)


def test_after_an_outage_the_letters_of_every_night_go_out(centre: Centre) -> None:
    nights = [NIGHT + n * DAY for n in range(5)]
    for night in nights:
        centre.letter(f"of {night}", night)
    assert centre.hand_out(nights[-1]) == {"handed out": 5, "taken back": 0}
    assert centre.there() == {f"{night}/letter.html": f"of {night}" for night in nights}
    assert centre.hand_out(nights[-1]) == {"handed out": 0, "taken back": 0}


def test_a_letter_of_an_old_night_written_anew_without_a_deleted_person_replaces_the_one_there(centre: Centre) -> None:
    listed = centre.letter("row of the deleted person", name="findings.csv")
    centre.letter("a letter")
    centre.hand_out()
    shutil.rmtree(listed.parent)
    centre.letter("a letter")
    later = NIGHT + 30 * DAY
    centre.letter("nobody", name="findings.csv")
    assert centre.hand_out(later) == {"handed out": 1, "taken back": 0}
    assert centre.there() == {f"{NIGHT}/letter.html": "a letter", f"{NIGHT}/findings.csv": "nobody"}


def test_one_page_that_retention_removes_from_an_old_night_is_taken_back(centre: Centre) -> None:
    listed = centre.letter("a finding", name="findings.csv")
    centre.letter("a letter")
    centre.hand_out()
    listed.unlink()
    assert centre.hand_out(NIGHT + 30 * DAY) == {"handed out": 0, "taken back": 1}
    assert centre.there() == {f"{NIGHT}/letter.html": "a letter"}


class Dies(RemoteFiles):
    """A server after whose first written page power goes."""

    def write(self, account: str, name: str, data: bytes) -> None:
        super().write(account, name, data)
        raise KeyboardInterrupt


def test_a_page_that_a_death_left_there_is_taken_back_when_it_is_removed_here(centre: Centre) -> None:
    page = centre.letter("row of the deleted person", name="findings.csv")
    with pytest.raises(KeyboardInterrupt):
        centre.hand_out(remote=Dies(UPath(centre.url)))
    assert centre.there() == {f"{NIGHT}/findings.csv": "row of the deleted person"}
    shutil.rmtree(page.parent)
    assert centre.hand_out(NIGHT + 30 * DAY) == {"handed out": 0, "taken back": 1}
    assert centre.there() == {}


def test_after_a_death_an_old_night_is_handed_out_whole(centre: Centre) -> None:
    centre.letter("a finding", name="findings.csv")
    centre.letter("a letter")
    with pytest.raises(KeyboardInterrupt):
        centre.hand_out(remote=Dies(UPath(centre.url)))
    assert centre.hand_out(NIGHT + 30 * DAY) == {"handed out": 2, "taken back": 0}
    assert centre.there() == {f"{NIGHT}/letter.html": "a letter", f"{NIGHT}/findings.csv": "a finding"}


def test_of_an_old_night_that_has_not_changed_no_page_is_read(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two years of letters of every office are looked through each quarter of an hour."""
    for n in range(3):
        centre.letter(f"{n}", NIGHT + n * DAY)
    centre.hand_out(NIGHT)
    read: list[date] = []
    look = remote_outbox._hand_out
    monkeypatch.setattr(remote_outbox, "_hand_out", lambda *given: (read.append(given[2]), look(*given)))
    centre.letter("anew", NIGHT + DAY, "receipt-00001.html")
    centre.hand_out(NIGHT + 30 * DAY)
    around = [NIGHT + 31 * DAY, NIGHT + 30 * DAY, NIGHT + 29 * DAY]
    assert read == [*around, NIGHT + DAY, *around], "of each of the two accounts"


def test_a_restored_outbox_sends_nothing_twice(centre: Centre, tmp_path: Path) -> None:
    centre.letter("a letter")
    centre.hand_out()
    kept = tmp_path / "kept"
    shutil.move(centre.home.outbox, kept)
    shutil.copytree(kept, centre.home.outbox, copy_function=shutil.copyfile)  # with other times
    os.utime(centre.home.letters(COUNTY, NIGHT), (1, 1))
    assert centre.hand_out(NIGHT + 30 * DAY) == {"handed out": 0, "taken back": 0}


@pytest.mark.parametrize("in_the_way", ["outbox", f"outbox/{NIGHT}/letter.html"])
def test_what_stands_in_the_way_in_one_outbox_stops_nobody_else(centre: Centre, in_the_way: str) -> None:
    centre.letter("a letter")
    centre.letter("of another", county=OTHER)
    path = centre.accounts / COUNTY / in_the_way
    path.write_text("a file") if in_the_way == "outbox" else path.mkdir(parents=True)
    with pytest.raises(RemoteInboxUnreachable, match=r"outbox of 1 account\(s\) \(513431\)") as raised:
        centre.hand_out()
    assert str(raised.value).count("cannot be worked with") == 1, "said once"
    assert centre.there(OTHER) == {f"{NIGHT}/letter.html": "of another"}
    path.unlink() if path.is_file() else path.rmdir()
    assert centre.hand_out() == {"handed out": 1, "taken back": 0}
    assert centre.there() == {f"{NIGHT}/letter.html": "a letter"}


def test_an_old_page_in_the_way_does_not_hold_up_tonight(centre: Centre) -> None:
    centre.letter("old")
    centre.letter("new", NIGHT + 9 * DAY)
    (centre.accounts / COUNTY / f"outbox/{NIGHT}/letter.html").mkdir(parents=True)
    with pytest.raises(RemoteInboxUnreachable, match=COUNTY):
        centre.hand_out(NIGHT + 9 * DAY)
    assert centre.there() == {f"{NIGHT + 9 * DAY}/letter.html": "new"}


class GoesDown(RemoteFiles):
    """A server that ends in the middle of the first account."""

    asked = 0

    def accounts(self) -> list[str]:
        self.asked += 1
        if self.asked > 1:
            raise RemoteInboxUnreachable(self.url, ConnectionResetError("gone"))
        return super().accounts()

    def write(self, account: str, name: str, data: bytes) -> None:
        raise RemoteInboxUnreachable(self.url, TimeoutError(account))


def test_a_server_that_is_down_is_not_asked_for_every_account(centre: Centre) -> None:
    centre.letter("a letter")
    centre.letter("of another", county=OTHER)
    remote = GoesDown(UPath(centre.url))
    with pytest.raises(RemoteInboxUnreachable, match="ConnectionResetError: gone"):
        centre.hand_out(remote=remote)
    assert remote.asked == 2
    assert not centre.home.handed_out(OTHER, NIGHT).exists(), "the other account was tried too"
