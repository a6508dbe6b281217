"""Runs dbt: one `dbt build` per layer, as a subprocess in the warehouse's folder, with the night in its environment.

In-process dbt keeps locks on the warehouse file; a process of its own does not.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from include.clocks import known_at
from include.duck import connect
from include.files import NO_SPACE
from include.home import Home
from include.kill_points import reach
from include.result import Result
from include.rules import rule_rows
from include.settings import Settings
from include.warehouse.carry import lay_aside, say_built, say_overwritten
from include.warehouse.sources import PROJECT, write_layouts, write_lists

#: What each layer builds. Unit tests judge code and not a night, so they run in the test suite and not here.
LAYERS: Mapping[str, tuple[str, ...]] = {
    "seeds": ("resource_type:seed",),
    "staging_intermediate": ("path:models/staging", "path:models/intermediate"),
    "marts": ("path:models/marts",),
    "quality": ("path:models/marts/quality",),
}
#: What of the quality layer stands on all months of all households, and not on the lake's own tables.
_OF_MONTHS = frozenset({"quality__restatements"})
#: Quality is published also on a night whose warehouse did not build: then it brings what it stands on up to the night,
#: but for what stands on the very models that did not build.
_QUALITY_WITH_PARENTS = tuple(
    f"+{path.stem}" for path in sorted((PROJECT / "models/marts/quality").glob("*.sql")) if path.stem not in _OF_MONTHS
)
#: Kinds of the lake that come between two layers of a night, and that quality alone reads.
_OF_QUALITY = frozenset({"gate_results", "alert_history"})
_PARSED = "partial_parse.msgpack"
#: What dbt's process inherits, told by name: secrets come under names that nobody can list beforehand.
_INHERITED = {
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH"),
    *("SYSTEMROOT", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),  # Windows
}
_INHERITED_PREFIXES = ("LC_", "PYTHON")
_BAD = {"error", "fail", "runtime error"}


class DbtFailed(RuntimeError):
    """A layer did not build; `failures` names each node that failed, with dbt's first line of reason."""

    def __init__(self, layer: str, night: date, failures: Sequence[str]) -> None:
        self.layer, self.night, self.failures = layer, night, tuple(failures)
        super().__init__(f"dbt {layer} {night:%Y-%m-%d} failed:\n" + "\n".join(f"  {failure}" for failure in failures))


def build_layer(home: Home, settings: Settings, night: date, layer: str) -> Result:
    """Build one layer of the warehouse for a night: its models and their data tests, in dbt's order.

    Prints dbt's line for each node as it comes. Raises DbtFailed with the nodes that failed, KeyError for an unknown
    layer.
    """
    selection = LAYERS[layer]
    prepare(home, settings)
    stands_on = _stands_on(home, night)
    asked: dict[str, str] = {}
    if not home.warehouse.exists():  # what the stamps tell of went with it
        _seeds_stamp(home).unlink(missing_ok=True)
        _intermediate_stamp(home).unlink(missing_ok=True)
    if layer == "staging_intermediate":
        _intermediate_stamp(home).unlink(missing_ok=True)
    if layer == "staging_intermediate" and (carried := lay_aside(home, settings, night)):
        asked["TARGETED_CARRIED_NIGHT"] = f"{carried:%Y-%m-%d}"
    if layer == "quality" and _read(_intermediate_stamp(home)) != stands_on:
        selection = _QUALITY_WITH_PARENTS
        say_overwritten(home, settings)
    if layer == "seeds" and _seeds_are_loaded(home):
        return Result("dbt seeds", night, counts={"loaded": 0}, notes=("seeds are unchanged and already loaded",))
    if layer == "seeds":
        _seeds_stamp(home).unlink(missing_ok=True)  # a death while they are loaded leaves some of them
    skipped = ["unit_test"] if layer == "seeds" else ["unit_test", "seed"]
    arguments = ["build", "--select", *selection, "--indirect-selection", "buildable"]
    if layer == "seeds":
        arguments.append("--full-refresh")  # a seed with other columns than before is loaded into a table of its own
    reach(f"dbt-{layer}", "before")
    no_space: list[str] = []
    arguments += ["--exclude-resource-type", *skipped]
    code = run_dbt(home, settings, night, arguments, layer, no_space, asked)
    reach(f"dbt-{layer}", "after")
    results = _results(home)
    failures = [_failure(result) for result in results if result["status"] in _BAD]
    if failures or code != 0:
        told = [f"the disk was full: {NO_SPACE[0]}"] if no_space else []
        raise DbtFailed(layer, night, told + failures or ["dbt stopped before it built anything; its lines are above"])
    if layer == "seeds":
        _seeds_stamp(home).write_text(_seeds_hash(), encoding="utf-8")
    if layer == "staging_intermediate":
        _intermediate_stamp(home).write_text(stands_on, encoding="utf-8")
        say_built(home, settings)
    return Result(f"dbt {layer}", night, counts=_counts(results))


def prepare(home: Home, settings: Settings) -> None:
    """Make what dbt reads beside the lake's rows: empty typed files, code lists, the rules catalogue."""
    write_layouts(home, settings)
    write_lists(home, settings, rule_rows())
    home.warehouse.parent.mkdir(parents=True, exist_ok=True)


def run_dbt(
    home: Home,
    settings: Settings,
    night: date,
    arguments: Sequence[str],
    layer: str | None = None,
    no_space: list[str] | None = None,
    asked: Mapping[str, str] | None = None,
) -> int:
    """Run dbt with the project, profile and state folders of a home; prints its output, returns its exit code.

    `layer` names the layer for the kill points, when it builds one. Lines that tell of want of space are added to
    `no_space`. `asked` is more of its environment: what a recomputation asks for.
    """
    target = target_of(home)
    dbt = str(Path(sys.executable).absolute().with_name("dbt"))
    command = [*_dies_with_us(), dbt, *for_home(home, arguments)]
    (target / "run_results.json").unlink(missing_ok=True)
    take_parsed(settings.parsed_project, target)
    with subprocess.Popen(
        command,
        cwd=home.warehouse.parent,
        env=environment(settings, night) | dict(asked or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            print(line.rstrip(), flush=True)
            if no_space is not None and any(text in line for text in NO_SPACE):
                no_space.append(line)
            if layer and " OK " in line:
                reach(f"dbt-{layer}", "during")
    take_parsed(target, settings.parsed_project)
    return process.returncode


def for_home(home: Home, arguments: Sequence[str]) -> list[str]:
    """dbt's arguments with the project, profile and state folders of a home, in whose warehouse folder it is to run."""
    return [
        *arguments,
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(target_of(home).absolute())),
        *("--log-path", str((home.warehouse.parent / "dbt-log").absolute())),
        # Its lines are in our log; its own file, on a full disk, answers each line with a trace of forty.
        *("--log-level-file", "none"),
    ]


def lend_parsed(home: Home, other: Home) -> None:
    """Give another state folder what dbt parsed of the project in this one: it saves reading every model anew."""
    take_parsed(target_of(home), target_of(other))


def take_parsed(from_: Path | None, to: Path | None) -> None:
    """Copy what dbt parsed to a folder that has none yet; dbt itself finds out whether it still holds."""
    if from_ and to and (from_ / _PARSED).exists() and not (to / _PARSED).exists():
        aside = to / f".{_PARSED}.{os.getpid()}"
        try:
            to.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(from_ / _PARSED, aside)
            aside.replace(to / _PARSED)
        except OSError as error:  # it saves time and no more: a full disk here must not end a night
            print(f"what dbt parsed was not kept in {to}: {error.strerror}", flush=True)
            aside.unlink(missing_ok=True)


def _dies_with_us() -> list[str]:
    """Prefix by which the kernel ends dbt when this process is killed: an orphan would keep the warehouse locked."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def environment(settings: Settings, night: date) -> dict[str, str]:
    """The environment dbt runs in: what a program needs of this process's, the night and limits; no telemetry.

    No secret is among it, neither ours nor Airflow's: what dbt reads of ours (env_var in the project) is set here.
    """
    own = {
        "TARGETED_NIGHT": f"{night:%Y-%m-%d}",
        "TARGETED_KNOWN_AT": f"{known_at(night):%Y-%m-%d %H:%M:%S}",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    threads = settings.threads or os.cpu_count() or 1
    own["TARGETED_WAREHOUSE_THREADS"] = str(threads)
    own["TARGETED_DBT_THREADS"] = str(max(2, threads))
    with connect(settings) as connection:  # the operator's limit, or DuckDB's own choice for this machine
        limit = connection.execute("select current_setting('memory_limit')").fetchone()
    own["TARGETED_WAREHOUSE_MEMORY"] = str(limit[0]) if limit else "1GB"
    inherited = {name: value for name, value in os.environ.items() if _is_inherited(name.upper())}
    return {**inherited, **own}


def _is_inherited(name: str) -> bool:
    return name in _INHERITED or name.startswith(_INHERITED_PREFIXES)


def target_of(home: Home) -> Path:
    """The folder of what dbt parsed, compiled and ran for a home."""
    return home.warehouse.parent / "dbt-target"


def manifest(home: Home) -> dict[str, Any]:
    """What dbt says of the project as it was last built: nodes and sources by their unique ids; empty before that."""
    path = target_of(home) / "manifest.json"
    if not path.exists():
        return {"nodes": {}, "sources": {}}
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


def _results(home: Home) -> list[dict[str, Any]]:
    path = target_of(home) / "run_results.json"
    if not path.exists():
        return []
    results: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["results"]
    return results


def _failure(result: Mapping[str, Any]) -> str:
    name = str(result["unique_id"]).split(".", 2)[-1]
    lines = [line.strip() for line in str(result.get("message") or "").splitlines() if line.strip()]
    told = [line for line in lines if " Error in " not in line]  # dbt's heading repeats the name
    text = re.sub(r"\d{6,}", "#", " ".join(told[:2]))  # a conversion error shows the value: it may be somebody's
    return f"{name}: {result['status']}: {text}"


def _counts(results: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    kinds = Counter(str(result["unique_id"]).split(".", 1)[0] for result in results)
    warned = sum(result["status"] == "warn" for result in results)
    return {**{f"{kind}s": count for kind, count in sorted(kinds.items())}, "warnings": warned}


def _seeds_hash() -> str:
    digest = sha256()
    for path in sorted((PROJECT / "seeds").iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _seeds_stamp(home: Home) -> Path:
    return home.warehouse.parent / "seeds.sha256"


def _seeds_are_loaded(home: Home) -> bool:
    return home.warehouse.exists() and _read(_seeds_stamp(home)) == _seeds_hash()


def _intermediate_stamp(home: Home) -> Path:
    return home.warehouse.parent / "intermediate.sha256"


def _stands_on(home: Home, night: date) -> str:
    """Hash of what the intermediate layer is built from: the night, the models, the lake but what quality adds."""
    digest = sha256(f"{night:%Y-%m-%d}".encode())
    models = [path for folder in ("models", "macros", "seeds") for path in sorted((PROJECT / folder).rglob("*.*"))]
    lake = sorted(path for path in home.lake.glob("*/**/*.parquet") if not _OF_QUALITY & {*path.parts})
    for path in (*models, *lake):
        at = path.stat()
        digest.update(f"{path.name} {at.st_size} {at.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
