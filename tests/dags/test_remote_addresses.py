"""Whom the centre speaks to for the remote inbox: a server whose key is known, a store over https, a whole address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncssh
import pytest

from include.remote.files import RemoteInboxMisconfigured, RemoteInboxUnreachable
from include.remote.object_storage import open_accounts
from include.settings import Settings
from include.upkeep.doctor.remote_inbox import remote_inbox
from tests.dags.remote_servers import PASSWORD, S3Server, SftpServer, changed


def other_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()


@pytest.mark.parametrize(
    ("fields", "kind", "told"),
    [
        ({"extra": {"host_key": other_key()}}, RemoteInboxUnreachable, "HostKeyNotVerifiable"),
        ({"extra": {"host_key": ""}}, RemoteInboxUnreachable, "HostKeyNotVerifiable"),
        ({"extra": {"host_key": "ssh-ed25519 no key"}}, RemoteInboxMisconfigured, "is no public key"),
        (
            {"extra": {"no_host_key_check": True}},
            RemoteInboxMisconfigured,
            "switches the check of the server's key off",
        ),
        ({"extra": {"known_hosts": "none"}}, RemoteInboxMisconfigured, "switches the check of the server's key off"),
        ({"password": PASSWORD.upper()}, RemoteInboxUnreachable, "Permission"),
    ],
)
def test_no_word_is_said_to_a_server_that_is_not_known(
    sftp: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], kind: type, told: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # no known_hosts of whoever runs this
    changed(sftp, **fields)
    settings = Settings(home=tmp_path, inbox_url=sftp.url)
    with pytest.raises(kind, match=told) as raised:
        open_accounts(settings)
    [found] = remote_inbox(settings)
    assert (found.check, found.level) == ("remote-inbox", "unsafe")
    assert PASSWORD not in f"{raised.value} {found}".lower()


@pytest.mark.parametrize("given", ["key_file", "private_key", "known_hosts"])
def test_a_key_opens_the_account_too_and_known_hosts_may_name_the_server(
    sftp: SftpServer, tmp_path: Path, given: str
) -> None:
    keys, known = tmp_path / "centre", tmp_path / "known"
    sftp.users_key.write_private_key(keys)
    keys.chmod(0o600)
    known.write_text(f"[127.0.0.1]:{sftp.connection['port']} {sftp.connection['extra']['host_key']}\n")
    extra = {
        "key_file": {"key_file": str(keys)},
        "private_key": {"private_key": keys.read_text()},
        "known_hosts": {"key_file": str(keys), "host_key": "", "known_hosts": str(known)},
    }[given]
    changed(sftp, password="", extra=extra)
    opened = open_accounts(Settings(home=tmp_path, inbox_url=sftp.url))
    assert opened is not None
    assert opened.accounts() == ["513431"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"extra": {"endpoint_url": "http://store.example.org"}}, "is not https"),
        ({"extra": {"endpoint_url": "https://store.example.org", "verify": False}}, "certificate off"),
    ],
)
def test_a_store_is_spoken_to_in_private_or_not_at_all(
    s3: S3Server, tmp_path: Path, fields: dict[str, Any], told: str
) -> None:
    changed(s3, **fields)
    with pytest.raises(RemoteInboxMisconfigured, match=told):
        open_accounts(Settings(home=tmp_path, inbox_url=s3.url))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://offices@host/accounts", "begins with 'ftp'"),
        (f"sftp://somebody:{PASSWORD}@host/accounts", "names no Airflow connection"),
        ("s3://bucket/accounts", "names no Airflow connection"),
        ("sftp://not_there@/accounts", "AIRFLOW_CONN_NOT_THERE"),
    ],
)
def test_an_address_that_cannot_be_used_says_how_to_mend_it(tmp_path: Path, url: str, told: str) -> None:
    [found] = remote_inbox(Settings(home=tmp_path, inbox_url=url))
    assert told in found.what
    assert PASSWORD not in str(found)
