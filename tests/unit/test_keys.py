"""Keys are made once, kept private, and never made anew while something depends on them."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyrage
import pytest
from pyrage import x25519

from include.home import Home
from include.keys import (
    KeysMissing,
    ensure_keys,
    hmac_key_file,
    identity_file,
    read_person_secrets,
    read_recipient,
    recipient_file,
)
from include.settings import Settings


def test_keys_are_made_once_and_are_private(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ensure_keys(home, Settings(home=home.root)), range(4)))
    first = read_person_secrets(home, Settings(home=home.root)), str(read_recipient(home))
    ensure_keys(home, Settings(home=home.root))
    assert (read_person_secrets(home, Settings(home=home.root)), str(read_recipient(home))) == first
    assert [len(secret) for secret in first[0]] == [32]
    for file in (hmac_key_file(home), identity_file(home)):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_identity_opens_what_the_recipient_closes(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ensure_keys(home, Settings(home=home.root))
    closed = pyrage.encrypt(b"synthetic", [read_recipient(home)])
    identity = x25519.Identity.from_str(identity_file(home).read_text().strip())
    assert pyrage.decrypt(closed, [identity]) == b"synthetic"


def test_an_office_may_bring_its_own_recipient(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.keys.mkdir(parents=True)
    recipient_file(home).write_text(f"{x25519.Identity.generate().to_public()}\n")
    ensure_keys(home, Settings(home=home.root))
    assert not identity_file(home).exists()
    assert read_person_secrets(home, Settings(home=home.root))


@pytest.mark.parametrize(
    ("used", "lost"),
    [
        ("lake/read/persons/night=2026-11-20/0-of-1.parquet", hmac_key_file),
        ("landing/night=2026-11-20/a.age", recipient_file),
    ],
)
def test_a_lost_key_is_never_replaced_silently(tmp_path: Path, used: str, lost: object) -> None:
    home = Home(tmp_path)
    ensure_keys(home, Settings(home=home.root))
    (tmp_path / used).parent.mkdir(parents=True)
    (tmp_path / used).write_bytes(b"x")
    assert callable(lost)
    lost(home).unlink()
    with pytest.raises(KeysMissing, match="backup"):
        ensure_keys(home, Settings(home=home.root))


@pytest.mark.parametrize("text", ["", "not hex", "00" * 31])
def test_a_damaged_secret_is_an_error(tmp_path: Path, text: str) -> None:
    home = Home(tmp_path)
    ensure_keys(home, Settings(home=home.root))
    hmac_key_file(home).write_text(text)
    with pytest.raises(KeysMissing):
        read_person_secrets(home, Settings(home=home.root))
