"""The remote inbox over the wire: real SFTP and S3 servers on loopback, opened as Airflow's object storage paths."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncssh
import pytest
from typer.testing import CliRunner

from include import kill_points
from include import night as steps
from include.cli import app
from include.clocks import TIMEZONE, known_at
from include.home import Home
from include.remote import sftp_file_system
from include.remote.files import RemoteInboxMisconfigured, RemoteInboxUnreachable
from include.remote.object_storage import open_accounts
from include.result import Result
from include.settings import Settings
from include.upkeep.doctor.remote_inbox import remote_inbox
from tests.dags import remote_servers
from tests.dags.remote_servers import (
    PASSWORD,
    S3Server,
    SftpServer,
    deliver,
    in_inboxes,
    package_files,
)
from tests.unit.intake_world import NIGHT, World, csv_bytes, zip_bytes

HOUSEHOLDS = {"households.csv": csv_bytes([["户编号", "主要致贫原因"], ["h1", "illness"], ["h2", "disaster"]])}
LOOKED = known_at(NIGHT)


def world_of(server: Any, root: Path) -> World:
    world = World(root / "centre")
    world.settings = Settings(home=world.home.root, batches=1, inbox_url=server.url)
    return world


def fetch(world: World) -> Result:
    return steps.fetch(world.home, world.settings, NIGHT, LOOKED)


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_what_lies_on_a_server_is_the_same_attempt_as_by_folder(server: Any, tmp_path: Path, zipped: bool) -> None:
    by_folder = World(tmp_path / "by folder")
    by_folder.send(HOUSEHOLDS, zipped=zipped)
    by_folder.receive()
    world = world_of(server, tmp_path)
    deliver(server, package_files(tmp_path, files=HOUSEHOLDS, zipped=zipped))

    assert fetch(world).counts == {"accounts": 1, "taken": 1, "still being written": 0, "left there": 0}
    assert in_inboxes(server) == set(), "what was taken is removed there"
    assert fetch(world).counts["taken"] == 0
    world.receive()

    told = "attempt_id, package, sha256, bytes, refusal, as_of"
    assert world.lake("attempts", columns=told) == by_folder.lake("attempts", columns=told)
    rows = '"row", household_id, main_cause'
    assert world.lake("read", "households", rows) == by_folder.lake("read", "households", rows)
    assert len(world.lake("read", "households", rows)) == 2
    assert [path.name for path in (world.home.inbox / "513431").iterdir()] == [], "nothing is left behind"


def test_an_office_that_sent_nothing_has_an_account_and_is_missing(server: Any, tmp_path: Path) -> None:
    world = world_of(server, tmp_path)
    server.put("no-office/inbox/x.zip", b"")
    assert fetch(world).counts["strangers"] == 1
    world.receive()
    assert world.lake("accounts", columns="submitter") == [("513431",)]


def test_what_is_still_being_written_is_left_and_told_and_taken_when_whole(sftp: SftpServer, tmp_path: Path) -> None:
    world = world_of(sftp, tmp_path)
    files = package_files(tmp_path, files=HOUSEHOLDS)
    last = files.pop("p1/manifest.json")
    files["p1/households.csv"], whole = files["p1/households.csv"][:20], files["p1/households.csv"]
    half_zip = zip_bytes({"manifest.json": last, "households.csv": whole})[:-30]
    deliver(sftp, files | {"z.zip": half_zip})
    uploading = (LOOKED - timedelta(minutes=5)).replace(tzinfo=ZoneInfo(TIMEZONE)).timestamp()
    for path in (sftp.root / "accounts/513431/inbox").rglob("*"):
        os.utime(path, (uploading, uploading))
    before = sftp.files()
    assert fetch(world).counts == {"accounts": 1, "taken": 0, "still being written": 2, "left there": 0}
    assert sftp.files() == before
    assert world.receive().counts["waiting"] == 2, "the night's letter tells of them; the office is not missing"
    assert world.lake("attempts") == []

    deliver(sftp, {"p1/households.csv": whole, "p1/manifest.json": last})
    assert fetch(world).counts["taken"] == 1
    later = NIGHT + timedelta(days=1)
    world.receive(later)
    assert world.lake("attempts", columns="package, refusal", night=later) == [("p1", None)]


def test_names_that_climb_out_are_refused_and_nothing_is_written_elsewhere(s3: S3Server, tmp_path: Path) -> None:
    world = world_of(s3, tmp_path)
    deliver(s3, {"p1/manifest.json": b"{}", "p1/../../../up": b"x", "p2//etc": b"x", "p3/a": b"x", "p3/a/b": b"x"})
    assert fetch(world).counts["left there"] == 3
    assert {path.name for path in (world.home.inbox / "513431").iterdir()} == {
        f"{name}.remote-unsafe" for name in ("p1", "p2", "p3")
    }
    assert not list(tmp_path.rglob("up"))
    world.receive()
    assert world.lake("attempts", columns="package, refusal") == [(f"p{n}", "package-unsafe") for n in (1, 2, 3)]
    assert world.told() == [("package-unsafe", "reject")] * 3


def test_a_link_on_the_server_is_not_followed(sftp: SftpServer, tmp_path: Path) -> None:
    world = world_of(sftp, tmp_path)
    deliver(sftp, package_files(tmp_path, files=HOUSEHOLDS))
    inbox = sftp.root / "accounts/513431/inbox"
    (inbox / "p1/persons.csv").symlink_to("/etc/passwd")
    (inbox / "p2.zip").symlink_to("p1/households.csv")
    assert fetch(world).counts["left there"] == 2
    assert {path.name for path in (world.home.inbox / "513431").iterdir()} == {
        "p1.remote-unsafe",
        "p2.zip.remote-unsafe",
    }


def test_an_account_whose_folders_are_links_is_given_nothing_of_another(sftp: SftpServer, tmp_path: Path) -> None:
    world = world_of(sftp, tmp_path)
    deliver(sftp, package_files(tmp_path, files=HOUSEHOLDS))
    sftp.put("513431/outbox/.keep", b"")
    bad = sftp.root / "accounts/513400"
    bad.mkdir()
    (bad / "inbox").symlink_to("../513431/inbox")
    (bad / "outbox").symlink_to("../513431/outbox")
    assert fetch(world).counts == {"accounts": 2, "taken": 1, "still being written": 0, "left there": 1}
    assert [path.name for path in (world.home.inbox / "513400").iterdir()] == ["inbox.remote-unsafe"]
    assert (world.home.inbox / "513431/p1/manifest.json").exists()
    letter = world.home.letters("513400", NIGHT) / "letter.html"
    letter.parent.mkdir(parents=True)
    letter.write_text("a letter")
    with pytest.raises(RemoteInboxUnreachable, match=r"outbox of 1 account\(s\) \(513400\)"):
        steps.hand_out(world.home, world.settings, NIGHT)
    assert not [name for name in sftp.files() if "letter" in name]


def test_a_path_that_the_server_cannot_list_ends_nobody_elses_night(sftp: SftpServer, tmp_path: Path) -> None:
    world = world_of(sftp, tmp_path)
    deliver(sftp, package_files(tmp_path, files=HOUSEHOLDS))
    deep = sftp.root / "accounts/513400/inbox/deep"
    deep.mkdir(parents=True)
    folder = os.open(deep, os.O_RDONLY)
    for _ in range(22):  # of more bytes than a path may have
        os.mkdir("e" * 200, dir_fd=folder)
        folder, above = os.open("e" * 200, os.O_RDONLY, dir_fd=folder), folder
        os.close(above)
    os.close(folder)
    assert fetch(world).counts == {"accounts": 2, "taken": 1, "still being written": 0, "left there": 1}


class NeverAnswers(asyncssh.SFTPServer):
    """Lists, opens, and sends no byte; the line stays up."""

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        await asyncio.sleep(3600)
        return b""


def test_a_server_that_never_answers_is_not_waited_for(
    sftp: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_servers._Files, "read", NeverAnswers.read, raising=False)
    monkeypatch.setattr(sftp_file_system, "SECONDS_TO_ANSWER", 2)
    world = world_of(sftp, tmp_path)
    deliver(sftp, package_files(tmp_path, files=HOUSEHOLDS))
    result = fetch(world)
    assert result.counts == {"accounts": 1, "taken": 0, "still being written": 0, "left there": 1}
    assert "513431" in result.notes[0]
    assert len(in_inboxes(sftp)) == 2


def test_what_stands_for_a_folder_in_a_store_keeps_nobody_waiting(s3: S3Server, tmp_path: Path) -> None:
    """Some clients put an empty object where they show a folder; and after ?versionId= another object is named."""
    world = world_of(s3, tmp_path)
    s3.put("513431/inbox/neu/", b"")
    s3.put("513431/inbox/neu/2026/", b"")
    assert fetch(world).counts == {"accounts": 1, "taken": 0, "still being written": 0, "left there": 0}
    deliver(s3, package_files(tmp_path, files=HOUSEHOLDS, package="neu") | {"t.zip?versionId=abc": b"x", "t": b"y"})
    assert fetch(world).counts == {"accounts": 1, "taken": 2, "still being written": 0, "left there": 1}
    assert in_inboxes(s3) == {"513431/inbox/t.zip?versionId=abc"}


def test_a_file_that_cannot_be_opened_stops_nobody_else(sftp: SftpServer, tmp_path: Path) -> None:
    world = world_of(sftp, tmp_path)
    deliver(sftp, package_files(tmp_path, files=HOUSEHOLDS) | {"locked.zip": b"x", "closed.zip": b"x"})
    assert fetch(world).counts == {"accounts": 1, "taken": 1, "still being written": 1, "left there": 1}
    assert world.receive().counts["waiting"] == 1
    assert world.lake("attempts", columns="package, refusal") == [("closed.zip", "package-unreadable"), ("p1", None)]
    assert in_inboxes(sftp) == {"513431/inbox/locked.zip", "513431/inbox/closed.zip"}


def test_a_name_in_a_chinese_code_page_is_read_as_by_folder(sftp: SftpServer, tmp_path: Path) -> None:
    world = world_of(sftp, tmp_path)
    inbox = os.fsencode(sftp.root / "accounts/513431/inbox")
    [data] = package_files(tmp_path, files=HOUSEHOLDS, zipped=True).values()
    with open(os.path.join(inbox, "报送.zip".encode("gb18030")), "wb") as file:  # noqa: PTH118, PTH123 - a Path holds no name that is not text
        file.write(data)
    assert fetch(world).counts["taken"] == 1
    world.receive()
    assert world.lake("attempts", columns="package, refusal") == [("报送.zip", None)]


def _fetch_and_die(root: Path, url: str) -> None:
    os.environ[kill_points.SETTING] = "fetched:after"
    steps.fetch(Home(root), Settings(home=root, batches=1, inbox_url=url), NIGHT, LOOKED)


def test_a_death_between_here_and_there_takes_nothing_twice(sftp: SftpServer, tmp_path: Path) -> None:
    world = world_of(sftp, tmp_path)
    deliver(sftp, package_files(tmp_path, files=HOUSEHOLDS))
    process = get_context("fork").Process(target=_fetch_and_die, args=(world.home.root, sftp.url))
    process.start()
    process.join(30)
    assert process.exitcode == -9
    assert len(in_inboxes(sftp)) == 2, "it is here, and still there"
    world.receive()
    assert fetch(world).counts["taken"] == 0
    assert in_inboxes(sftp) == set()
    later = NIGHT + timedelta(days=1)
    world.receive(later)
    assert world.lake("attempts", night=later) == []


def test_receipts_and_letters_go_back_to_the_office(server: Any, tmp_path: Path) -> None:
    world = world_of(server, tmp_path)
    deliver(server, package_files(tmp_path, files=HOUSEHOLDS))
    fetch(world)
    steps.acknowledge(world.home, world.settings, NIGHT, LOOKED.replace(hour=9))
    assert steps.hand_out(world.home, world.settings, NIGHT).counts == {"handed out": 1, "taken back": 0}
    name = f"513431/outbox/{NIGHT}/receipt-00001.html"
    assert server.files()[name] == (world.home.letters("513431", NIGHT) / "receipt-00001.html").read_bytes()
    assert steps.hand_out(world.home, world.settings, NIGHT).counts == {"handed out": 0, "taken back": 0}
    (world.home.letters("513431", NIGHT) / "receipt-00001.html").unlink()  # as retention does
    assert steps.hand_out(world.home, world.settings, NIGHT).counts == {"handed out": 0, "taken back": 1}
    assert not [path for path in server.files() if "/outbox/" in path]


def test_a_server_that_is_down_fails_the_night_before_anybody_is_missing(server: Any, tmp_path: Path) -> None:
    world = world_of(server, tmp_path)
    assert fetch(world).counts["accounts"] == 1
    server.stop()
    (first, step), *_ = steps.tasks(world.home, world.settings, NIGHT)
    assert first == "fetch", "nothing of the night comes before it"
    with pytest.raises(RemoteInboxUnreachable, match=r"docs/runbooks/remote-inbox\.md") as raised:
        step()
    assert PASSWORD not in str(raised.value)
    assert not world.home.lake.exists()


def test_without_an_address_the_local_folder_is_the_inbox(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert open_accounts(world.settings) is None
    assert steps.fetch(world.home, world.settings, NIGHT).counts == {}
    assert "fetch" not in dict(steps.tasks(world.home, world.settings, NIGHT))
    assert remote_inbox(world.settings) == []


def test_the_command_answers_for_what_is_here_and_says_that_the_server_is_down(
    sftp: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_of(sftp, tmp_path)
    for name, value in {"HOME": world.home.root, "BATCHES": 1, "INBOX_URL": sftp.url}.items():
        monkeypatch.setenv(f"TARGETED_{name}", str(value))
    deliver(sftp, package_files(tmp_path, files=HOUSEHOLDS))
    done = CliRunner().invoke(app, ["night", "acknowledge"])
    assert done.exit_code == 0
    assert "fetch" in done.output
    assert "handed out 1" in done.output
    world.send(HOUSEHOLDS, package="p2", manifest={"as_of": "2026-11-19"})
    sftp.stop()
    failed = CliRunner().invoke(app, ["night", "acknowledge"])
    assert failed.exit_code == 1
    assert "receipts 1," in failed.output
    assert "cannot be worked with: ConnectionRefusedError" in failed.output


def test_the_doctor_says_that_a_server_is_down_and_nothing_of_one_that_answers(
    sftp: SftpServer, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", inbox_url=sftp.url)
    assert remote_inbox(settings) == []
    sftp.stop()
    [found] = remote_inbox(settings)
    assert (found.check, found.level, found.where) == ("remote-inbox", "unsafe", "TARGETED_INBOX_URL")
    assert "cannot be worked with" in found.what
    assert "docs/runbooks/remote-inbox.md" in found.mend


def test_a_server_without_an_account_is_trouble_and_not_a_quiet_night(sftp: SftpServer, tmp_path: Path) -> None:
    (sftp.root / "empty").mkdir()
    settings = Settings(home=tmp_path / "home", inbox_url=sftp.url.replace("/accounts", "/empty"))
    with pytest.raises(RemoteInboxMisconfigured, match="holds no account"):
        steps.fetch(Home(settings.home), settings, NIGHT, LOOKED)
    [found] = remote_inbox(settings)
    assert "holds no account" in found.what
