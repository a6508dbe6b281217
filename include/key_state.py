"""Which version of the person key the lake holds, and who may work on it: steps of a night together, a rotation alone.

lake/person_key.json lies with the rows that it speaks of. While the keys and the lake are of different versions, a
rotation is half done, and every step of a night refuses: rows of two versions would make two persons of one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from include.files import write_aside
from include.home import Home
from include.keys import KeyTrouble, brought, hmac_key_file, keys_locked, person_key, read_person_secrets
from include.locks import lock
from include.settings import Settings

FINISH = "finish the rotation with `targeted keys rotate` (docs/runbooks/keys.md)"
_CHECK_TEXT = "key check"
"""No resident number: its hash shows whether two secrets are the same, and nothing else."""


class KeysDiffer(KeyTrouble):
    """The secrets at hand are not those that made the lake's person keys, or a rotation is half done."""


class KeysInUse(KeyTrouble):
    """A rotation or a deletion was asked for while a night or a backup works, or the other way round."""


@dataclass(frozen=True)
class Stamp:
    """What the lake's person keys were made with."""

    version: int
    """How many secrets the chain has."""
    check: str
    """Twelve hex digits of the hash of a fixed text under them."""


def stamp_of(person_secrets: Sequence[bytes]) -> Stamp:
    """The stamp of what these secrets make."""
    return Stamp(len(person_secrets), person_key(person_secrets, _CHECK_TEXT)[:12])


def read_stamp(path: Path) -> Stamp | None:
    """A stamp; None when there is none yet. Raises KeysDiffer when the file cannot be read as one."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(int(told["version"]), str(told["check"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise KeysDiffer(f"{path} cannot be read: bring it back from the backup that has the same night") from error


def key_version(home: Home) -> int | None:
    """Version of the person keys in the lake; None while it holds none."""
    stamp = read_stamp(home.person_key_stamp)
    return stamp.version if stamp else None


def write_stamp(path: Path, stamp: Stamp) -> None:
    """Write a stamp in one step."""
    with write_aside(path) as aside:
        aside.write_text(json.dumps(asdict(stamp)) + "\n", encoding="utf-8")


def claim_lake(home: Home, settings: Settings) -> None:
    """Stamp a lake that has no stamp yet: an empty one, or one that was made before there were versions.

    Raises KeysDiffer when it holds rows and the secrets are of a later version, since nobody knows then which it is.
    """
    if home.person_key_stamp.exists():
        return
    with keys_locked(home):
        if why := _unstamped(home, settings):
            raise KeysDiffer(why)
        write_stamp(home.person_key_stamp, stamp_of(read_person_secrets(home, settings)))


def difference(home: Home, settings: Settings) -> str | None:
    """Why no step may work now, with how to mend it; None when the lake and the secrets belong together.

    Raises KeysMissing, KeysUnsafe, or KeysDiffer for a stamp that cannot be read.
    """
    stamp = read_stamp(home.person_key_stamp)
    if stamp is None:
        return _unstamped(home, settings)
    person_secrets = read_person_secrets(home, settings)
    where = brought(settings) or str(hmac_key_file(home))
    if stamp.version > len(person_secrets):
        return (
            f"{home.lake} holds person keys of version {stamp.version}, {where} only {len(person_secrets)} secrets: "
            "bring back the newer secrets from their backup"
        )
    if stamp != stamp_of(person_secrets[: stamp.version]):
        return f"{where} did not make the person keys in {home.lake}: bring back the secrets that belong to this state"
    if stamp.version < len(person_secrets) or home.rekeying.exists():
        return (
            f"{home.lake} holds person keys of version {stamp.version}, {where} is of version {len(person_secrets)}, "
            f"and the change is not over: {FINISH}"
        )
    return None


def _unstamped(home: Home, settings: Settings) -> str | None:
    """Why a lake without a stamp cannot be worked on; None for an empty one, or one from before there were versions."""
    has_secrets = brought(settings) or hmac_key_file(home).exists()
    has_rows = any((home.lake / "read").glob("**/*.parquet"))
    later = has_secrets and has_rows and len(read_person_secrets(home, settings)) > 1
    if later or home.rekeying.exists():
        return f"{home.person_key_stamp} is gone: bring it back from a backup of the same version of the keys"
    return None


@contextmanager
def in_use(home: Home) -> Iterator[None]:
    """Hold off a rotation or a deletion; several may do so at once. Raises KeysInUse while one is running."""
    told = f"person keys of {home.root} are being rotated, or a person deleted: run this again when that is over"
    with _held(home, True, told):
        yield


@contextmanager
def alone(home: Home) -> Iterator[None]:
    """Work on the lake alone. Raises KeysInUse while a step of a night, a backup, a rotation or a deletion works."""
    who = "a night, a backup, a rotation or a deletion"
    told = f"{who} works on {home.root}: pause the DAGs, wait for it to end, run this again"
    with _held(home, False, told):
        yield


@contextmanager
def _held(home: Home, shared: bool, told: str) -> Iterator[None]:
    home.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home.keys / ".rotation.lock").open("a+") as file:
        try:
            lock(file, shared, wait=False)
        except BlockingIOError as error:
            raise KeysInUse(told) from error
        yield


@contextmanager
def agreed(home: Home, settings: Settings, *, exclusive: bool = False) -> Iterator[None]:
    """Work with the secrets of the lake, while no rotation runs; what every step does that reads or writes person keys.

    `exclusive` holds off the steps of a night too: a deletion would miss the rows that one of them is writing. Raises
    KeysDiffer, KeysInUse, KeysMissing or KeysUnsafe before anything is done.
    """
    with alone(home) if exclusive else in_use(home):
        if why := difference(home, settings):
            raise KeysDiffer(why)
        yield
