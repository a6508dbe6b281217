"""What is wrong in one account on the server ends nobody else's night, and brings nothing that is not its own."""

from __future__ import annotations

import os
import shutil
import stat
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from upath import UPath

from include import night as steps
from include.intake import remote_account, remote_copy, remote_inbox
from include.remote.files import RemoteFiles, RemoteInboxUnreachable
from include.remote.package import RemoteFile, RemotePackage
from include.settings import Settings
from tests.unit.intake_world import NIGHT
from tests.unit.remote_ground import CLEAN, COUNTY, LOOKED, UPLOADED, Ground, ReadOnly, die, fetch_and_die, households


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def test_a_disk_that_is_too_small_is_not_filled(ground: Ground) -> None:
    """Nor does it end the night of an office with a small package; it is told at the end: somebody must make room."""
    of_holes = ground.deliver(zipped=True)
    os.truncate(of_holes, 1 << 30)
    os.utime(of_holes, (UPLOADED, UPLOADED))
    ground.deliver(package="small").rename(ground.of("513432") / "small")
    free = shutil.disk_usage(ground.accounts).free // 1_000_000
    ground.world.settings = ground.world.settings.model_copy(update={"space_reserve_mb": free - 500})
    with pytest.raises(OSError, match="No space left on device") as raised:
        ground.fetch()
    assert raised.value.filename == str(ground.world.home.inbox)
    assert ground.here() == ["p1.zip.remote-still-uploaded"]
    assert ground.there() == ["p1.zip"]
    assert (ground.world.home.inbox / "513432/small/manifest.json").exists()


def test_one_office_fills_no_disk(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of holes weigh nothing on the server: of one office no more waits here than a package may hold."""
    for number in range(4):
        ground.deliver(households(f"cause {number}"), package=f"p{number}", zipped=True)
    each = (ground.inbox / "p0.zip").stat().st_size
    for module in (remote_copy, remote_inbox):
        monkeypatch.setattr(module, "MAX_UNPACKED_BYTES", 2 * each + 1)
    assert ground.fetch() == CLEAN | {"taken": 2, "for the next look": 2}
    assert ground.here() == ["p0.zip", "p1.zip", "p2.zip.remote-still-uploaded", "p3.zip.remote-still-uploaded"]
    ground.world.receive()
    assert ground.fetch()["taken"] == 2, "when the night has taken the first"


def test_an_account_has_its_turn_and_no_more(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused before keeps nothing new waiting, and of what is not looked at every stand-in stays."""
    monkeypatch.setattr(remote_inbox, "_MOST_PACKAGES", 2)
    for name in ("a", "b", "c"):
        (ground.inbox / f"{name}.zip").symlink_to("/nowhere")
    assert ground.fetch() == CLEAN | {"left there": 2, "for the next look": 1}
    ground.deliver(package="z")
    assert ground.fetch() == CLEAN | {"taken": 1, "left there": 1, "for the next look": 2}
    assert [name for name in ground.here() if "/" not in name] == [
        "a.zip.remote-unsafe", "b.zip.remote-unsafe", "c.zip.remote-unsafe", "z",
    ]  # fmt: skip


class Counted(RemoteFiles):
    """A server that counts how often an inbox is listed."""

    listed = 0

    def packages(self, account: str) -> dict[str, dict[str, object]]:
        self.listed += 1
        return super().packages(account)


def test_an_inbox_is_listed_once_however_much_lies_in_it(ground: Ground) -> None:
    for number in range(5):
        ground.deliver(households(f"cause {number}"), package=f"p{number}", zipped=True)
    remote = Counted(UPath(f"file://{ground.accounts}"))
    assert ground.fetch(remote)["taken"] == 5
    assert remote.listed == 1


@pytest.mark.parametrize("target", ["keys", "another's", "itself", "a file"])
def test_an_inbox_that_is_a_link_brings_nothing_of_what_it_leads_to(ground: Ground, target: str) -> None:
    """Else an office would be given another's packages, or the centre's own files be taken and removed."""
    home, other = ground.world.home, ground.of("513432")
    ground.deliver().rename(other / "p1")
    home.keys.mkdir(parents=True)
    (home.keys / "secret.txt").write_text("secret")
    os.utime(home.keys / "secret.txt", (UPLOADED, UPLOADED))
    ground.inbox.rmdir()
    if target == "a file":
        ground.inbox.write_text("no folder")
    else:
        ground.inbox.symlink_to({"keys": home.keys, "another's": other, "itself": ground.inbox}[target])
    assert ground.fetch() == CLEAN | {"accounts": 2, "taken": 1, "left there": 1}
    assert ground.here() == ["inbox.remote-unsafe"]
    assert (home.inbox / "513432/p1/manifest.json").exists()
    assert (home.keys / "secret.txt").read_text() == "secret"
    ground.world.receive()
    assert ("inbox", "package-unsafe") in ground.world.lake("attempts", columns="package, refusal")


def test_too_many_folders_within_each_other_are_refused_and_not_walked(ground: Ground) -> None:
    deep = ground.deliver()
    (deep / "/".join(["d"] * 25)).mkdir(parents=True)
    (ground.deliver(package="p2") / "/".join(["d"] * 19)).mkdir(parents=True)
    assert ground.fetch()["left there"] == 1
    assert "p1.remote-unsafe" in ground.here()
    assert not ground.remote()._below(str(deep))[-1][0].endswith("/".join(["d"] * 21))


def test_a_path_that_would_be_too_long_here_is_refused(ground: Ground) -> None:
    long = ground.deliver() / "/".join(["e" * 199] * 5)
    long.mkdir(parents=True)
    (long / "x.csv").write_bytes(b"x")
    os.utime(ground.inbox / "p1", (UPLOADED, UPLOADED))
    assert ground.fetch() == CLEAN | {"left there": 1}
    assert ground.here() == ["p1.remote-unsafe"]


class Troubled(RemoteFiles):
    """A server that cannot be worked with where it comes to some names: of accounts, or of packages."""

    def __init__(self, accounts: UPath, names: set[str], error: Exception | None = None) -> None:
        super().__init__(accounts)
        self._names, self.error = names, error or ValueError("cannot read 张三.csv")

    def packages(self, account: str) -> dict[str, dict[str, object]]:
        with self._talk():
            if account in self._names:
                raise self.error
        return super().packages(account)

    def package(self, account: str, name: str, entry: dict[str, object]) -> RemotePackage | None:
        with self._talk():
            if name in self._names:
                raise self.error
        return super().package(account, name, entry)


@pytest.mark.parametrize(("name", "told"), [("p1", "p1"), (COUNTY, "inbox")])
def test_what_a_server_cannot_work_with_in_one_account_ends_nobody_elses_night(
    ground: Ground, name: str, told: str
) -> None:
    ground.deliver()
    ground.deliver(package="p2").rename(ground.of("513432") / "p2")
    world = ground.world
    remote = Troubled(UPath(f"file://{ground.accounts}"), {name})
    result = remote_inbox.fetch(world.home, world.settings, NIGHT, LOOKED, remote)
    assert result.counts == CLEAN | {"accounts": 2, "taken": 1, "left there": 1}
    assert result.notes[0].startswith("1 account(s) (513431)")
    assert ground.here() == [f"{told}.remote-unreadable"]


def test_with_many_accounts_in_trouble_it_is_the_servers_own_and_names_no_file(ground: Ground) -> None:
    counties = {f"51343{number}" for number in range(2, 8)}
    for county in counties:
        ground.of(county)
    with pytest.raises(RemoteInboxUnreachable, match="ValueError: no reason given") as raised:
        ground.fetch(Troubled(UPath(f"file://{ground.accounts}"), counties))
    assert "张三" not in "".join(traceback.format_exception(raised.value))


class Gone(Troubled):
    """A server that answers no more after it has told of its accounts."""

    def accounts(self) -> list[str]:
        told, self._told = getattr(self, "_told", False), True
        if told:
            raise RemoteInboxUnreachable(self.url, self.error)
        return super().accounts()


def test_a_server_that_is_gone_in_the_middle_ends_the_look(ground: Ground) -> None:
    ground.deliver()
    with pytest.raises(RemoteInboxUnreachable, match="ConnectionResetError"):
        ground.fetch(Gone(UPath(f"file://{ground.accounts}"), {"p1"}, ConnectionResetError()))
    assert ground.here() == []


def test_an_account_about_which_no_answer_comes_is_waited_for_once(ground: Ground) -> None:
    for package in ("p1", "p2", "p3"):
        ground.deliver(package=package)
    remote = Troubled(UPath(f"file://{ground.accounts}"), {"p1", "p2", "p3"}, TimeoutError())
    assert ground.fetch(remote) == CLEAN | {"left there": 1, "for the next look": 2}


class Dies(ReadOnly):
    """A server that lets nothing be removed, with which we die over the first bytes of a file."""

    def chunks(self, file: RemoteFile) -> Iterator[bytes]:
        yield next(super().chunks(file))[:5]
        raise KeyboardInterrupt


def test_half_a_copy_is_no_package_though_an_earlier_one_of_its_name_is_on_record(ground: Ground) -> None:
    accounts = UPath(f"file://{ground.accounts}")
    ground.deliver()
    ground.fetch(ReadOnly(accounts))
    ground.world.receive()
    shutil.rmtree(ground.inbox / "p1")
    ground.deliver(households("disaster"))
    with pytest.raises(KeyboardInterrupt):
        ground.fetch(Dies(accounts))
    assert ground.fetch(ReadOnly(accounts))["taken"] == 1
    assert (ground.account / "p1/households.csv").read_bytes() == households("disaster")["households.csv"]
    assert [name for name in ground.here() if "/" not in name] == ["p1"]


def test_a_copy_that_lacks_bytes_of_its_record_is_no_package(ground: Ground) -> None:
    """Whatever removed them: a disk after the power went, or a hand."""
    ground.deliver()
    die(fetch_and_die, ground, "fetched:before")
    (ground.world.home.fetching(COUNTY) / "p1/households.csv").write_bytes(b"half")
    remote_account.finish_copies(ground.world.home)
    assert ground.here() == []
    assert not ground.world.home.fetching(COUNTY).exists()


def test_no_row_stays_in_the_clear_when_the_account_is_gone_or_the_server_away(ground: Ground) -> None:
    ground.deliver()
    ground.of("513432")
    with pytest.raises(KeyboardInterrupt):
        ground.fetch(Dies(UPath(f"file://{ground.accounts}")))
    copies = ground.world.home.fetching(COUNTY)
    assert list(copies.rglob("*.csv")) or list(copies.rglob("manifest.json"))
    assert stat.S_IMODE(copies.parent.stat().st_mode) == 0o700
    assert not stat.S_IMODE(ground.world.home.root.stat().st_mode) & 0o007
    shutil.rmtree(ground.accounts / COUNTY)
    remote = ground.remote()
    shutil.rmtree(ground.accounts)
    with pytest.raises(RemoteInboxUnreachable):
        ground.fetch(remote)
    assert not copies.exists()


def test_nor_does_it_when_no_server_is_asked_any_more(ground: Ground) -> None:
    ground.deliver()
    with pytest.raises(KeyboardInterrupt):
        ground.fetch(Dies(UPath(f"file://{ground.accounts}")))
    home = ground.world.home
    assert home.fetching(COUNTY).exists()
    steps.fetch(home, Settings(home=home.root, inbox_url=""), NIGHT)
    assert not home.fetching(COUNTY).exists()


def test_a_package_named_as_a_stand_in_is_refused_and_stands_for_nothing(ground: Ground) -> None:
    (ground.inbox / "p9.zip.remote-still-uploaded").write_bytes(b"")
    assert ground.fetch() == CLEAN | {"left there": 1}
    ground.world.receive()
    told = ground.world.lake("attempts", columns="package, refusal")
    assert told == [("p9.zip.remote-still-uploaded", "package-unsafe")]


def test_a_stand_in_is_written_through_no_link(ground: Ground, tmp_path: Path) -> None:
    ground.account.mkdir(parents=True)
    (ground.account / "p1.zip.remote-unsafe").symlink_to(tmp_path / "elsewhere")
    (ground.inbox / "p1.zip").symlink_to("/nowhere")
    assert ground.fetch() == CLEAN | {"left there": 1}
    assert not (tmp_path / "elsewhere").exists()
    assert (ground.account / "p1.zip.remote-unsafe").read_bytes() == b""
