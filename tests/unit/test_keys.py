"""Keys are made once, kept private, and never made anew while something depends on them."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pyrage
import pytest
from pyrage import x25519

from include.home import Home
from include.keys import (
    KeysMissing,
    KeysUnsafe,
    ensure_keys,
    hmac_key_file,
    identity_file,
    read_person_secrets,
    read_recipient,
    recipient_file,
)
from include.settings import Settings
from include.warehouse.dbt import environment


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


def test_the_state_is_closed_to_other_accounts_once_and_no_more(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    home.root.chmod(0o755)
    ensure_keys(home, Settings(home=home.root))
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o750
    home.root.chmod(0o755)
    ensure_keys(home, Settings(home=home.root))
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o755, "who opens it later means it"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    home = Home(tmp_path)
    settings = Settings(home=home.root)
    ensure_keys(home, settings)
    hmac_key_file(home).chmod(mode)
    with pytest.raises(KeysUnsafe, match="chmod 600"):
        read_person_secrets(home, settings)


def test_settings_bring_secrets_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "home")
    (tmp_path / "mounted").write_text("ab" * 32 + "\n" + "cd" * 32 + "\n")
    monkeypatch.setenv("TARGETED_PERSON_HMAC_KEY", "")
    monkeypatch.setenv("TARGETED_PERSON_HMAC_KEY_FILE", str(tmp_path / "mounted"))
    assert read_person_secrets(home, Settings()) == (b"\xab" * 32, b"\xcd" * 32)
    monkeypatch.setenv("TARGETED_PERSON_HMAC_KEY", f"{'12' * 32} {'34' * 32}")
    assert read_person_secrets(home, Settings()) == (b"\x12" * 32, b"\x34" * 32)
    ensure_keys(home, Settings())
    assert not hmac_key_file(home).exists()
    night = date(2026, 11, 20)
    assert "TARGETED_PERSON_HMAC_KEY" not in environment(Settings(home=home.root), night), "dbt needs no secret"
    monkeypatch.setenv("TARGETED_PERSON_HMAC_KEY", "12" * 31)
    with pytest.raises(KeysMissing, match="TARGETED_PERSON_HMAC_KEY"):
        read_person_secrets(home, Settings())
