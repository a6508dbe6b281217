"""Rotation of the person key: a new secret, and every stored key becomes the next one of its chain, without a number.

In this order, so that it may die at any moment and be run again: the new secret is in the keys (from here on every
night refuses); the lake's folders with person keys are written anew aside; a mark says that all are there; one after
the other is moved into place; what is built from the lake is removed; the stamp says the new version; the old rows go.
Rows keep their order, so that judge and dbt read what they would have read; their clocks are columns and stay.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from include.contract import contracts
from include.duck import connect
from include.files import flush_folder, write_aside, write_parquet
from include.home import Home
from include.intake.identity import Chain, chain
from include.key_state import (
    KeysDiffer,
    Stamp,
    alone,
    claim_lake,
    difference,
    read_stamp,
    stamp_of,
    write_stamp,
)
from include.keys import KeyTrouble, append_secret, brought, read_person_secrets
from include.kill_points import reach
from include.settings import Settings

KEYED_KINDS = ("read", "accepted", "held")
"""Kinds of the lake that hold person keys, of each dataset with a hashed column; a gate holds the others to none."""


class RotationRefused(KeyTrouble):
    """There is nothing to rotate, or the new secret is the operator's to add."""


@dataclass(frozen=True)
class Rotated:
    """A rotation that is over."""

    version: int
    files: int
    """Files of the lake that were written anew by this run."""


def rotate(home: Home, settings: Settings) -> Rotated:
    """Give every stored person key the next version, or finish a rotation that died.

    Raises RotationRefused, KeysInUse while a night or a backup works, KeysDiffer when the secrets are not those of the
    lake, KeysMissing, KeysUnsafe, and OSError when the disk fails or is full: then nothing is lost, run it again.
    """
    if not home.lake.is_dir():
        raise RotationRefused(f"{home.root} holds no lake yet: check TARGETED_HOME")
    with alone(home):
        claim_lake(home, settings)
        if difference(home, settings) is None:
            _begin(home, settings)
        files = 0
        while target := _next_target(home, settings):
            files += _re_key(home, settings, target)
            _switch(home)
            _forget_what_is_built(home)
            write_stamp(home.person_key_stamp, target)
        _remove_old(home)
        stamp = read_stamp(home.person_key_stamp)
        if stamp is None or (why := difference(home, settings)):
            raise KeysDiffer(why if stamp else f"{home.person_key_stamp} is gone")
    return Rotated(stamp.version, files)


def keyed_folders(home: Home) -> Iterator[Path]:
    """The lake's folders whose files have a person_key, as paths below the lake."""
    for contract in contracts().values():
        if any(column.hashed for column in contract.columns):
            for kind in KEYED_KINDS:
                if (home.lake / kind / contract.name).is_dir():
                    yield Path(kind) / contract.name


def _begin(home: Home, settings: Settings) -> None:
    if where := brought(settings):
        raise RotationRefused(
            f"the secrets come from {where}, which this cannot change: add a new one behind the others (64 hex digits, "
            "openssl rand -hex 32), back it up, and run this again with it"
        )
    append_secret(home)


def _next_target(home: Home, settings: Settings) -> Stamp | None:
    """The stamp to reach next; None when the lake is where the secrets are. Raises KeysDiffer."""
    person_secrets = read_person_secrets(home, settings)
    stamp = read_stamp(home.person_key_stamp)
    if stamp is None or stamp != stamp_of(person_secrets[: stamp.version]):
        raise KeysDiffer(difference(home, settings) or f"{home.person_key_stamp} is gone")
    begun = read_stamp(_target_file(home))
    if begun is None or begun == stamp:  # none was begun, or one died while it removed the old rows
        _remove_old(home)
        if stamp.version == len(person_secrets):
            return None
        begun = stamp_of(person_secrets)
        write_stamp(_target_file(home), begun)
    if begun != stamp_of(person_secrets[: begun.version]):
        raise KeysDiffer(f"{_target_file(home)} was begun with other secrets: bring those back and run this again")
    return begun


def _re_key(home: Home, settings: Settings, target: Stamp) -> int:
    """Write all keyed folders anew aside; returns how many files this run wrote."""
    if _whole_mark(home).exists():
        return 0
    stamp = read_stamp(home.person_key_stamp)
    first = stamp.version if stamp else 0
    added = chain(read_person_secrets(home, settings)[first : target.version])
    written = 0
    with connect(settings) as connection:
        for folder in keyed_folders(home):
            for source in sorted((home.lake / folder).rglob("*.parquet")):
                path = _new(home) / source.relative_to(home.lake)
                if not path.exists():
                    _write_re_keyed(connection, added, source, path)
                    written += 1
    with write_aside(_whole_mark(home)) as aside:
        aside.touch()
    return written


def _write_re_keyed(connection: duckdb.DuckDBPyConnection, added: Chain, source: Path, path: Path) -> None:
    try:
        write_parquet(
            connection,
            f"select * replace ({added.sql('person_key')} as person_key) "
            "from read_parquet($source, hive_partitioning = false)",
            path,
            {"source": str(source), **added.parameters},
        )
    except duckdb.Error as error:  # DuckDB has errors of its own for a full disk and a damaged file
        raise OSError(f"{source} was not re-keyed ({type(error).__name__}): {str(error).splitlines()[0]}") from error


def _switch(home: Home) -> None:
    """Move each new folder into the place of the old one; what is done already is passed over."""
    for new in sorted(path for path in _new(home).glob("*/*") if path.is_dir()):
        folder = new.relative_to(_new(home))
        live, old = home.lake / folder, _old(home) / folder
        reach("rekeying-folder", "before")
        if live.exists():
            old.parent.mkdir(parents=True, exist_ok=True)
            live.rename(old)
        reach("rekeying-folder", "during")
        new.rename(live)
        for changed in (live.parent, old.parent, new.parent):
            if changed.is_dir():
                flush_folder(changed)
        reach("rekeying-folder", "after")


def _forget_what_is_built(home: Home) -> None:
    """Remove what holds old keys and is built again by the next night: the warehouse and the scratch folders."""
    reach("rekeying-warehouse", "before")
    for folder in (home.warehouse.parent, home.tmp, home.gx):
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            raise OSError(f"{folder} holds old person keys and cannot be removed: mend its rights and run this again")
    reach("rekeying-warehouse", "after")


def _remove_old(home: Home) -> None:
    """Remove the rows of the old version; the target goes last, since it says that a rotation is not over."""
    if not home.rekeying.exists():
        return
    reach("rekeying-old", "before")
    for folder in (_old(home), _new(home)):
        if folder.exists():
            shutil.rmtree(folder)
    _whole_mark(home).unlink(missing_ok=True)
    _target_file(home).unlink(missing_ok=True)
    shutil.rmtree(home.rekeying)
    reach("rekeying-old", "after")


def _target_file(home: Home) -> Path:
    return home.rekeying / "target.json"


def _whole_mark(home: Home) -> Path:
    return home.rekeying / "whole"


def _new(home: Home) -> Path:
    return home.rekeying / "new"


def _old(home: Home) -> Path:
    return home.rekeying / "old"
