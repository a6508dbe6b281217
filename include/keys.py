"""The two keys of the door: the secrets behind the person key, and the public half of the landing's encryption.

A person key of version n is HMAC(secret n, person key of version n - 1), and the first is HMAC(secret 1, number). So a
new secret replaces every stored key without a number (docs/decisions/0009-person-keys-are-a-chain.md).

The private half (escrow/landing.identity) is made here only so that a demo can show it; a real office makes it on
another machine and brings landing.recipient alone. Nothing of the night ever opens it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pyrage import RecipientError, x25519

from include.files import write_aside
from include.home import Home
from include.locks import lock
from include.settings import Settings

HMAC_KEY_BYTES = 32
"""SHA-256's own length: longer adds nothing, shorter weakens it (RFC 2104)."""
NOT_OWNER = 0o077
"""Permission bits of group and others: a secret has none of them."""


class KeyTrouble(RuntimeError):
    """No step may work with the keys as they are; the message says why and how to mend it."""


class KeysMissing(KeyTrouble):
    """A key is gone while the state still holds what was made with it; making a new one would split persons in two."""


class KeysUnsafe(KeyTrouble):
    """Others than the owner may read a secret."""


def hmac_key_file(home: Home) -> Path:
    """The secrets that turn resident numbers into person keys: a line of hex for each version, the first on top."""
    return home.keys / "person_hmac.key"


def recipient_file(home: Home) -> Path:
    """The public key to which the landing is encrypted."""
    return home.keys / "landing.recipient"


def identity_file(home: Home) -> Path:
    """The private key of the landing; opened by a replay from the landing alone, never by the night."""
    return home.escrow / "landing.identity"


def ensure_keys(home: Home, settings: Settings) -> None:
    """Make the keys on the first run; does nothing where they are. Safe when several batches start at once.

    Secrets that the settings bring are never made or written. With the first keys the state folder is closed to other
    accounts. Raises KeysMissing when a key is gone but the lake or the landing is not empty: bring it back from its
    backup.
    """
    with keys_locked(home):
        if not brought(settings) and not hmac_key_file(home).exists():
            _refuse_when_used(home.lake / "read", hmac_key_file(home))
            with suppress(PermissionError):  # a disk of another owner: `targeted doctor` tells whether it is open
                home.root.chmod(stat.S_IMODE(home.root.stat().st_mode) & ~0o007)
            _write_secret(hmac_key_file(home), new_secret())
        if not recipient_file(home).exists():
            _refuse_when_used(home.landing, recipient_file(home))
            identity = x25519.Identity.generate()
            _write_secret(identity_file(home), str(identity))
            _write_secret(recipient_file(home), str(identity.to_public()))


@contextmanager
def keys_locked(home: Home) -> Iterator[None]:
    """Hold the keys folder alone, for the moment in which something in it, or the lake's stamp, is made."""
    home.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home.keys / ".lock").open("a+") as file:
        lock(file)
        yield


def new_secret() -> str:
    """A fresh secret, as hex."""
    return secrets.token_bytes(HMAC_KEY_BYTES).hex()


def brought(settings: Settings) -> str | None:
    """Where the operator's own secrets come from, in words for a message; None when they lie in the keys folder."""
    if settings.person_hmac_key is not None:
        return "TARGETED_PERSON_HMAC_KEY"
    if settings.person_hmac_key_file is not None:
        return str(settings.person_hmac_key_file)
    return None


def read_person_secrets(home: Home, settings: Settings) -> tuple[bytes, ...]:
    """The secrets of all versions, the first on top; as many as there are versions.

    Raises KeysMissing when they are not there, are not hex or are too short, KeysUnsafe when others may read the file
    of the keys folder.
    """
    where = brought(settings) or str(hmac_key_file(home))
    try:
        found = tuple(bytes.fromhex(word) for word in _secrets_text(home, settings).split())
    except (OSError, ValueError) as error:
        raise KeysMissing(f"{where} cannot be read as secrets in hex: bring it back from its backup") from error
    if not found:
        raise KeysMissing(f"{where} is empty: bring it back from its backup")
    if any(len(secret) < HMAC_KEY_BYTES for secret in found):
        raise KeysMissing(f"{where} holds a secret shorter than {HMAC_KEY_BYTES} bytes: bring it back from its backup")
    return found


def person_key(person_secrets: Sequence[bytes], number: str) -> str:
    """The person key of a normalised resident number; include.intake.identity.Chain says the same in SQL."""
    for secret in person_secrets:
        number = hmac.new(secret, number.encode(), hashlib.sha256).hexdigest()
    return number


def append_secret(home: Home) -> None:
    """Begin a new version: add a fresh secret to the file of the keys folder, which has it before anything uses it."""
    path = hmac_key_file(home)
    _write_secret(path, path.read_text(encoding="ascii").strip() + "\n" + new_secret())


def read_recipient(home: Home) -> x25519.Recipient:
    """The public key of the landing; raises KeysMissing when it is not there."""
    try:
        return x25519.Recipient.from_str(recipient_file(home).read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError, RecipientError) as error:
        raise KeysMissing(f"{recipient_file(home)} cannot be read as a public key") from error


def _secrets_text(home: Home, settings: Settings) -> str:
    if settings.person_hmac_key is not None:
        return settings.person_hmac_key.get_secret_value()
    if settings.person_hmac_key_file is not None:
        return settings.person_hmac_key_file.read_text(encoding="ascii")
    path = hmac_key_file(home)
    if path.stat().st_mode & NOT_OWNER:
        raise KeysUnsafe(f"other accounts may read {path}, and with it who is who: chmod 600 {path}")
    return path.read_text(encoding="ascii")


def _refuse_when_used(folder: Path, key: Path) -> None:
    if folder.exists() and any(path.is_file() for path in folder.rglob("*")):
        raise KeysMissing(f"{key} is gone but {folder} is not empty: bring the key back from its backup")


def _write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with write_aside(path) as aside:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
