"""The two keys of the door: the person key's HMAC secret, and the public half of the landing's encryption.

The private half (escrow/landing.identity) is made here only so that a demo can show it; a real office makes it on
another machine and brings landing.recipient alone. Nothing of the night ever opens it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path

from pyrage import RecipientError, x25519

from include.files import write_aside
from include.home import Home

HMAC_KEY_BYTES = 32
"""SHA-256's own length: longer adds nothing, shorter weakens it (RFC 2104)."""


class KeysMissing(RuntimeError):
    """A key is gone while the state still holds what was made with it; making a new one would split persons in two."""


def hmac_key_file(home: Home) -> Path:
    """The secret that turns resident numbers into person keys, as hex."""
    return home.keys / "person_hmac.key"


def recipient_file(home: Home) -> Path:
    """The public key to which the landing is encrypted."""
    return home.keys / "landing.recipient"


def identity_file(home: Home) -> Path:
    """The private key of the landing; opened by a replay from the landing alone, never by the night."""
    return home.escrow / "landing.identity"


def ensure_keys(home: Home) -> None:
    """Make the keys on the first run; does nothing where they are. Safe when several batches start at once.

    Raises KeysMissing when a key is gone but the lake or the landing is not empty: bring it back from its backup.
    """
    home.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home.keys / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not hmac_key_file(home).exists():
            _refuse_when_used(home.lake / "read", hmac_key_file(home))
            _write_secret(hmac_key_file(home), secrets.token_bytes(HMAC_KEY_BYTES).hex())
        if not recipient_file(home).exists():
            _refuse_when_used(home.landing, recipient_file(home))
            identity = x25519.Identity.generate()
            _write_secret(identity_file(home), str(identity))
            _write_secret(recipient_file(home), str(identity.to_public()))


def read_hmac_key(home: Home) -> bytes:
    """The secret as bytes; raises KeysMissing when it is not there or too short to be one."""
    try:
        key = bytes.fromhex(hmac_key_file(home).read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise KeysMissing(f"{hmac_key_file(home)} cannot be read as a key") from error
    if len(key) < HMAC_KEY_BYTES:
        raise KeysMissing(f"{hmac_key_file(home)} is shorter than {HMAC_KEY_BYTES} bytes")
    return key


def read_recipient(home: Home) -> x25519.Recipient:
    """The public key of the landing; raises KeysMissing when it is not there."""
    try:
        return x25519.Recipient.from_str(recipient_file(home).read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError, RecipientError) as error:
        raise KeysMissing(f"{recipient_file(home)} cannot be read as a public key") from error


def _refuse_when_used(folder: Path, key: Path) -> None:
    if folder.exists() and any(path.is_file() for path in folder.rglob("*")):
        raise KeysMissing(f"{key} is gone but {folder} is not empty: bring the key back from its backup")


def _write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with write_aside(path) as aside:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
