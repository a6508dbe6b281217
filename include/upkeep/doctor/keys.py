"""The doctor on keys: who may read them, whether they are there, and whether they are those of the lake."""

from __future__ import annotations

from pathlib import Path

from include.home import Home
from include.key_state import KeysDiffer, difference
from include.keys import (
    NOT_OWNER,
    KeysMissing,
    KeysUnsafe,
    brought,
    hmac_key_file,
    identity_file,
    read_person_secrets,
    recipient_file,
)
from include.settings import Settings
from include.upkeep.doctor.finding import Finding, unsafe, warning

_RUNBOOK = "docs/runbooks/keys.md"


def permissions(home: Home, settings: Settings) -> list[Finding]:
    """Folders and files of keys that others than their owner may open."""
    closed = [(home.keys, "700"), (home.escrow, "700"), (hmac_key_file(home), "600"), (identity_file(home), "600")]
    findings = [
        unsafe(
            "key-permissions",
            f"other accounts may open it (mode {_mode(path):o})",
            where=path,
            why="whoever has the secrets and a copy of the lake can test whose rows are in it",
            mend=f"chmod {mode} {path}; if somebody may have read it: {_RUNBOOK}, leaked",
        )
        for path, mode in closed
        if path.exists() and _mode(path) & NOT_OWNER
    ]
    own = settings.person_hmac_key_file
    if own and own.exists() and _mode(own) & 0o007:
        findings.append(
            warning(
                "key-permissions",
                f"every account of this machine may read it (mode {_mode(own):o})",
                where=own,
                why="inside a container of one account that is how secrets are mounted; elsewhere it is a leak",
                mend="outside of a container: chmod 600, owned by the account that runs the nights",
            )
        )
    return findings


def secrets(home: Home, settings: Settings) -> list[Finding]:
    """Secrets that are gone, damaged or too short; before the first night there are none to miss."""
    if not brought(settings) and not hmac_key_file(home).exists() and not _has_files(home.lake):
        return []
    try:
        read_person_secrets(home, settings)
    except KeysMissing as error:
        return [
            unsafe(
                "key-secrets",
                str(error),
                where=brought(settings) or hmac_key_file(home),
                why="no night runs without them, and new ones would split every person in two",
                mend=f"put the backup of the secrets there, mode 600; there is none: {_RUNBOOK}, lost for good",
            )
        ]
    except KeysUnsafe:
        pass  # `permissions` tells it
    return []


def version(home: Home, settings: Settings) -> list[Finding]:
    """Secrets that are not those of the lake, or a rotation that is not over."""
    try:
        why = difference(home, settings)
    except KeysDiffer as error:
        why = str(error)
    except (KeysMissing, KeysUnsafe):
        return []  # the two checks before tell it
    if not why:
        return []
    return [
        unsafe(
            "key-version",
            "the secrets and the lake do not belong together, or a rotation is not over",
            where=home.person_key_stamp,
            why=f"{why}. Until then every night refuses",
            mend=f"{_RUNBOOK}, rotation; `targeted keys status` says when it is over",
        )
    ]


def recipient(home: Home) -> list[Finding]:
    """The landing's public key, gone while there is a landing."""
    if recipient_file(home).exists() or not _has_files(home.landing):
        return []
    return [
        unsafe(
            "landing-recipient",
            "the landing's public key is gone",
            where=recipient_file(home),
            why="no package can be archived, so receive refuses; a new key would need an identity of its own",
            mend="copy landing.recipient from a backup, or from the keeper of the identity",
        )
    ]


def identity_away(home: Home) -> list[Finding]:
    """The landing's private key, still on the machine that it protects against."""
    if not identity_file(home).exists():
        return []
    return [
        warning(
            "landing-identity",
            "the private key of the landing lies on the night's machine",
            where=identity_file(home),
            why="whoever takes this machine can open every archived package, names and numbers included",
            mend=f"move it to its keeper, try it there once, remove it here ({_RUNBOOK}); on a laptop with synthetic "
            "people it may stay",
        )
    ]


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))
