"""`make rehearse-cluster`: a night on two Celery workers, one of which is killed in the middle of receive.

Makes a small country, plays its first night undisturbed from the command line, and again in another state folder under
Airflow with real PostgreSQL and Redis (Debian's packages) and two workers. When the first task of `receive` has written
a file and not yet its ledger, its worker is killed with all that runs in it. Nobody helps: the night must end by itself
and give the same content. Each step says what it saw; the end is a table.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.demo.api import ApiError
from include.demo.nights import FOLLOWED, NightFailed, NightTimes, start_and_follow
from include.demo.run import FIRST_NIGHT, NO_CLOCK, end_on_signals, say_with_clock
from include.demo.servers import ServerError, postgresql, redis
from include.demo.stack import Say, Stack, StackError, free_port
from include.demo.workers import host_name
from include.home import Home
from include.intake.deliver import deliver
from include.keys import hmac_key_file
from include.kill_points import HOLD, ONCE, SETTING
from include.night import run
from include.settings import Settings
from include.warehouse.content_hash import content_hash
from include.warehouse.dbt import lend_parsed

WORKERS = ("worker-1", "worker-2")
MIDDLE_OF_RECEIVE = "read:after"
"""A dataset of a batch lies in the lake, the next ones and the ledger do not."""
BATCHES = 4
COMPARED = ("marts", "marts_open")
LOST_AFTER = 60
"""Seconds without a sign of life after which a task counts as lost; Airflow's own default is five minutes."""
REDELIVERED_AFTER = 60
"""Seconds after which Redis hands a message that nobody has answered for to another worker; a night sets hours."""


class ClusterFailed(Exception):
    """The night on the cluster did not come as it must; the message says what was seen."""


@dataclass(frozen=True)
class Try:
    """One try of a task of the night."""

    task: str
    number: int
    worker: str
    state: str


@dataclass
class Outcome:
    """What came of the rehearsal."""

    undisturbed: Home
    disturbed: Home
    killed: str = ""
    """The worker that was killed."""
    processes: int = 0
    """How many processes were killed with it."""
    seconds: dict[str, float] = field(default_factory=dict)
    tries: list[Try] = field(default_factory=list)
    hashes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of each published file the content hash of the undisturbed night and of the other."""

    @property
    def again(self) -> dict[str, list[Try]]:
        """The tasks that needed more than one try."""
        found: dict[str, list[Try]] = {}
        for one in self.tries:
            found.setdefault(one.task, []).append(one)
        return {task: tries for task, tries in found.items() if len(tries) > 1}


def cluster_settings(database: str, broker: str) -> dict[str, str]:
    """Airflow's settings for workers beside the scheduler, over those of a local Airflow."""
    return {
        **NO_CLOCK,
        "TARGETED_BATCHES": str(BATCHES),
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": f"{host_name.__module__}.{host_name.__name__}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__CELERY__BROKER_URL": broker,
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(BATCHES // len(WORKERS)),
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": str(REDELIVERED_AFTER),
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",  # on a busy machine five seconds end a task's first try
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(LOST_AFTER),
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    }


class _Killer:
    """Kills the worker of the first task that stands still at the point, once; called at each look at the night."""

    def __init__(self, stack: Stack, mark: Path, outcome: Outcome, say: Say) -> None:
        self._stack, self._mark, self._outcome, self._say = stack, mark, outcome, say

    def __call__(self) -> None:
        self._stack.check()
        if self._outcome.killed or not self._mark.exists() or not (process := self._mark.read_text(encoding="utf-8")):
            return
        worker = self._stack.component_of(int(process))
        self._say(f"a task of receive has come to {MIDDLE_OF_RECEIVE}; kill -9 of {worker} and all that runs in it")
        self._outcome.processes = self._stack.kill(worker)
        self._outcome.killed = worker
        self._say(f"  killed {self._outcome.processes} processes; nobody helps from here on")


def rehearse(folder: Path, counties: int, households: int, seed: int, say: Say) -> Outcome:
    """Play the night twice and compare; raises what `main` reports, and leaves both state folders in `folder`."""
    from include.country.make import make_country

    country, outcome = folder / "country", Outcome(Home(folder / "undisturbed"), Home(folder / "disturbed"))
    say(f"making a SYNTHETIC 模拟数据 country: {counties} counties, {households:,} households, seed {seed}")
    make_country(country, counties, households, 1, seed, "standard", FIRST_NIGHT)
    say(f"night {FIRST_NIGHT:%Y-%m-%d} undisturbed, from the command line")
    begin = time.monotonic()
    settings = Settings(home=outcome.undisturbed.root, batches=BATCHES)
    deliver(country, outcome.undisturbed, FIRST_NIGHT)
    run(outcome.undisturbed, settings, FIRST_NIGHT, lambda result: say(f"  {result}"))
    outcome.seconds["undisturbed"] = time.monotonic() - begin
    say(f"  done after {outcome.seconds['undisturbed']:.0f} s")
    _give_secret(outcome.undisturbed, outcome.disturbed)
    lend_parsed(outcome.undisturbed, outcome.disturbed)
    with postgresql(say) as database, redis(say) as broker:
        times = _disturbed(folder, country, outcome, cluster_settings(database, broker), say)
    outcome.seconds["disturbed"] = times.seconds
    for name in COMPARED:
        one, other = (
            content_hash((home.published / f"{name}.duckdb").resolve())
            for home in (outcome.undisturbed, outcome.disturbed)
        )
        outcome.hashes[name] = (one, other)
    return outcome


def _give_secret(home: Home, other: Home) -> None:
    """Both nights know persons by the same secret: the numbers of their matches are made with it."""
    other.keys.mkdir(parents=True, mode=0o700)
    shutil.copy2(hmac_key_file(home), hmac_key_file(other))


def _disturbed(folder: Path, country: Path, outcome: Outcome, settings: Mapping[str, str], say: Say) -> NightTimes:
    marks = folder / "marks"
    marks.mkdir()
    deadly = {**settings, SETTING: MIDDLE_OF_RECEIVE, ONCE: str(marks), HOLD: "1"}
    with Stack(outcome.disturbed.root, free_port(18580), say, deadly, WORKERS) as stack:
        say(f"delivered {deliver(country, outcome.disturbed, FIRST_NIGHT)} packages to {outcome.disturbed.inbox}")
        killer = _Killer(stack, marks / MIDDLE_OF_RECEIVE, outcome, say)
        times = start_and_follow(stack.api, killer, FIRST_NIGHT, say)
        if not outcome.killed:
            raise ClusterFailed(f"no task came to {MIDDLE_OF_RECEIVE}: nothing was tried")
        outcome.tries = list(_tries(stack))
    return times


def _tries(stack: Stack) -> list[Try]:
    """Every try of every task of the night, in the order of their beginning."""
    found: list[dict[str, Any]] = []
    for dag in FOLLOWED:
        for dag_run in stack.api.get(f"/dags/{dag}/dagRuns", limit=100)["dag_runs"]:
            path = f"/dags/{dag}/dagRuns/{dag_run['dag_run_id']}/taskInstances"
            for task in stack.api.get(path, limit=100)["task_instances"]:
                mapped = f"/{task['map_index']}" if task["map_index"] >= 0 else ""
                found += stack.api.get(f"{path}/{task['task_id']}{mapped}/tries")["task_instances"]
    found.sort(key=lambda one: (one["start_date"] or "", one["try_number"]))
    return [Try(_name(one), one["try_number"], one["hostname"] or "", one["state"] or "") for one in found]


def _name(task: Mapping[str, Any]) -> str:
    batch = f" {task['map_index'] + 1} of {BATCHES}" if task["map_index"] >= 0 else ""
    return f"{task['dag_id']}: {task['task_id']}{batch}"


def table(outcome: Outcome) -> str:
    """What was seen, for a person: who did what again, how much each worker did, and the content of both nights."""
    lines = [f"killed: {outcome.killed}, {outcome.processes} processes, in the middle of receive", ""]
    for task, tries in outcome.again.items():
        told = "; ".join(f"try {one.number} on {one.worker or 'no worker'}: {one.state}" for one in tries)
        lines.append(f"  {task:<32} {told}")
    lines.append("")
    for worker in WORKERS:
        done = sum(one.worker == worker and one.state == "success" for one in outcome.tries)
        lines.append(f"  {worker:<32} {done} tasks done{', then killed' if worker == outcome.killed else ''}")
    lines += ["", f"  {'':<16}{'undisturbed':<20}{'one worker killed':<20}"]
    lines.append(
        "  {:<16}{:<20}{:<20}".format("seconds", *(f"{outcome.seconds[name]:.0f}" for name in outcome.seconds))
    )
    for name, (one, other) in outcome.hashes.items():
        same = "the same content" if one == other else "ANOTHER content"
        lines.append(f"  {name:<16}{one[:16]:<20}{other[:16]:<20}{same}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the rehearsal; returns the exit code: 0 the same content, 1 not or it did not end, 130 stopped."""
    parser = argparse.ArgumentParser(prog="make rehearse-cluster", description=__doc__)
    parser.add_argument("--counties", type=int, default=12, help="real counties, from at least four provinces")
    parser.add_argument("--households", type=int, default=2_400, help="households in all of them")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same country")
    options = parser.parse_args(arguments)
    say = say_with_clock()
    end_on_signals()
    folder = Path(tempfile.mkdtemp(prefix="targeted-cluster-"))
    say(f"everything lies in {folder}, and stays there")
    try:
        outcome = rehearse(folder, options.counties, options.households, options.seed, say)
    except (ClusterFailed, NightFailed, StackError, ServerError, ApiError) as error:
        print(f"make rehearse-cluster: {error}\nAll logs: {folder / 'disturbed' / 'airflow'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 130
    say(f"the night ended by itself\n\n{table(outcome)}\n")
    return int(any(one != other for one, other in outcome.hashes.values()))


if __name__ == "__main__":
    sys.exit(main())
