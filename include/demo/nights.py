"""One night through the real scheduler: packages into the inbox, one run started, all runs of the night followed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from include.demo.api import Api, ApiError
from include.demo.stack import Say, Stack
from include.home import Home
from include.intake.deliver import deliver

FIRST = "receive_submissions"
FOLLOWED = (FIRST, "build_marts", "county_letters")
"""The DAGs of a night. Only the first is started by us: an asset starts each of the others."""
FINISHED = {"success", "failed", "upstream_failed", "skipped", "removed"}
AT_WORK = {"running", "up_for_retry"}
STALLED_AFTER = 1800.0
"""Seconds without any task finishing after which a night counts as stuck."""
SPEAK_EVERY = 15.0
"""Seconds of silence after which the tasks at work are named."""


class NightFailed(Exception):
    """A run of the night failed or nothing moved any more; the message ends with the failing task's log."""


@dataclass
class NightTimes:
    """How long a night took, in seconds: as a whole, and each DAG's run from its start to its end."""

    night: date
    seconds: float
    runs: dict[str, float] = field(default_factory=dict)
    tasks: int = 0


def run_night(stack: Stack, country: Path, night: date, say: Say, look_every: float = 1.0) -> NightTimes:
    """Deliver a night's packages, start receive_submissions for it and follow until its letters are written.

    For `look_every` see `start_and_follow`.
    """
    home = Home(stack.home)
    say(f"delivered {deliver(country, home, night)} packages to {home.inbox}")
    return start_and_follow(stack.api, stack.check, night, say, look_every)


def start_and_follow(api: Api, check: Callable[[], None], night: date, say: Say, look_every: float = 1.0) -> NightTimes:
    """Start receive_submissions for a night whose packages are delivered, and follow until its letters are written.

    `check` is called at each look and raises when Airflow itself has died; between two looks are `look_every` seconds.
    A look costs the API server CPU, so who measures looks less often. Raises NightFailed and ApiError.
    """
    begin = time.monotonic()
    body = {"logical_date": None, "partition_key": f"{night:%Y-%m-%d}", "note": "started by a demonstration"}
    api.send("POST", f"/dags/{FIRST}/dagRuns", body)
    say(f"started {FIRST} for the night {night:%Y-%m-%d}; assets start the rest")
    follower = _Follower(api, check, night, say, look_every)
    runs = follower.follow()
    times = NightTimes(night, time.monotonic() - begin, tasks=len(follower.seen))
    times.runs = {dag: sum(float(run["duration"] or 0) for run in found) for dag, found in runs.items()}
    return times


class _Follower:
    """Polls the runs of one night and says each task that has finished, once."""

    def __init__(self, api: Api, check: Callable[[], None], night: date, say: Say, look_every: float) -> None:
        self._api = api
        self._check = check
        self._key = f"{night:%Y-%m-%d}"
        self._say = say
        self._look_every = look_every
        self.seen: set[tuple[str, str, str, int]] = set()

    def follow(self) -> dict[str, list[dict[str, Any]]]:
        """Return the runs by DAG once all have succeeded; raises NightFailed."""
        moved = spoken = time.monotonic()
        while True:
            self._check()
            runs = {dag: self._runs(dag) for dag in FOLLOWED}
            tasks = [(run, task) for found in runs.values() for run in found for task in self._tasks(run)]
            now = time.monotonic()
            if self._say_finished(tasks):
                moved = spoken = now
            elif now - spoken > SPEAK_EVERY:
                self._say_at_work(tasks)
                spoken = now
            failed = [run for found in runs.values() for run in found if run["state"] == "failed"]
            if failed:
                raise NightFailed(self._report(failed[0]))
            if all(found and all(run["state"] == "success" for run in found) for found in runs.values()):
                return runs
            if time.monotonic() - moved > STALLED_AFTER:
                states = {dag: [run["state"] for run in found] for dag, found in runs.items()}
                raise NightFailed(f"nothing has finished for {STALLED_AFTER:.0f} s; runs are {states}")
            time.sleep(self._look_every)

    def _runs(self, dag: str) -> list[dict[str, Any]]:
        found = self._api.get(f"/dags/{dag}/dagRuns", limit=100, partition_key_pattern=self._key)["dag_runs"]
        return [run for run in found if run["partition_key"] == self._key]

    def _tasks(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        path = f"/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances"
        tasks: list[dict[str, Any]] = []
        while True:
            page = self._api.get(path, limit=100, offset=len(tasks), order_by="id")
            tasks += page["task_instances"]
            if len(tasks) >= page["total_entries"] or not page["task_instances"]:
                return tasks

    def _say_finished(self, tasks: list[tuple[dict[str, Any], dict[str, Any]]]) -> int:
        new = []
        for run, task in tasks:
            key = (run["dag_id"], run["dag_run_id"], task["task_id"], task["map_index"])
            if task["state"] in FINISHED and key not in self.seen:
                self.seen.add(key)
                new.append((run, task))
        for run, task in sorted(new, key=lambda pair: pair[1]["end_date"] or ""):
            self._say(self._line(run, task))
        return len(new)

    def _say_at_work(self, tasks: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
        names = Counter(f"{run['dag_id']}: {task['task_id']}" for run, task in tasks if task["state"] in AT_WORK)
        told = ", ".join(name if count == 1 else f"{name} x {count}" for name, count in names.items())
        self._say(f"  at work: {told or 'the scheduler'}")

    def _line(self, run: dict[str, Any], task: dict[str, Any]) -> str:
        if task["state"] != "success":
            return f"  {_name(run, task)} {task['state']}"
        return f"  {_name(run, task)} {float(task['duration'] or 0):.1f} s{self._counts(run, task)}"

    def _counts(self, run: dict[str, Any], task: dict[str, Any]) -> str:
        """What the step counted, which is its return value."""
        path = f"/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances/{task['task_id']}/xcomEntries"
        try:
            value = self._api.get(f"{path}/return_value", map_index=task["map_index"], deserialize="true")["value"]
        except ApiError:  # a task without a return value
            return ""
        if not isinstance(value, dict):
            return ""
        return "".join(f", {name} {count:,}" for name, count in value.items() if isinstance(count, int))

    def _report(self, run: dict[str, Any]) -> str:
        """Which tasks failed, and the end of the first one's log."""
        failed = [task for task in self._tasks(run) if task["state"] == "failed"]
        failed.sort(key=lambda task: task["end_date"] or "")
        lines = [f"{run['dag_id']} failed for the night {self._key}: {', '.join(t['task_id'] for t in failed)}"]
        return "\n".join(lines + (self._log_tail(run, failed[0]) if failed else []))

    def _log_tail(self, run: dict[str, Any], task: dict[str, Any], lines: int = 40) -> list[str]:
        path = f"/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances/{task['task_id']}"
        log = self._api.get(f"{path}/logs/{task['try_number']}", map_index=task["map_index"], full_content="true")
        content = [_plain(entry) for entry in log["content"]]
        return [f"--- the end of {task['task_id']}'s log", *[line for line in content if line][-lines:]]


def _name(run: dict[str, Any], task: dict[str, Any]) -> str:
    batch = f" [{task['rendered_map_index'] or task['map_index']}]" if task["map_index"] >= 0 else ""
    return f"{run['dag_id']}: {task['task_id']}{batch}"


def _plain(entry: Any) -> str:
    """One line of a task's log as text, its traceback's last line with it."""
    if not isinstance(entry, dict):
        return str(entry)
    errors = "".join(
        f"\n  {detail.get('exc_type')}: {detail.get('exc_value')}" for detail in entry.get("error_detail", [])
    )
    return f"{entry.get('event', '')}{errors}"
