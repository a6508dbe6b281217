"""A local Airflow: four components, a session of processes each, on 127.0.0.1 alone, all state under the home.

Its tasks run in the scheduler, or with the settings of a cluster in workers beside it (include/demo/cluster.py).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from include.demo.api import Api, ApiError
from include.demo.secrets import USERS, ensure_secrets, password_file, password_of
from include.demo.workers import HOST_NAME, answering
from include.locks import lock

REPO = Path(__file__).absolute().parents[2]
HOST = "127.0.0.1"
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
"""`airflow standalone` would open its log servers on every interface, so each component is started by itself."""

WORKER = ("celery", "worker", "--skip-serve-logs")

LOCK = "stack.lock"
SPEAK_EVERY = 5.0
"""Seconds between two words while waiting."""

Say = Callable[[str], None]


class StackError(Exception):
    """The local Airflow did not come up, or one of its components died; the message names the log to read."""


def free_port(base: int) -> int:
    """The first port from `base` upwards that nobody on this machine listens on at 127.0.0.1."""
    for port in range(base, base + 200):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise StackError(f"no free port from {base} to {base + 199}")


def environment(home: Path, port: int) -> dict[str, str]:
    """The environment of every component: all of Airflow's settings, and TARGETED_HOME for the night's steps."""
    airflow_home = home / "airflow"
    url = f"http://{HOST}:{port}"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}
    path = [str(REPO), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **inherited,
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": f"{HOST},localhost",
        "no_proxy": f"{HOST},localhost",
        "TARGETED_HOME": str(home),
        "TARGETED_UI_URL": url,
        "AIRFLOW_HOME": str(airflow_home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPO / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPO / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__MAX_MAP_LENGTH": "4096",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in USERS.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(password_file(airflow_home)),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{airflow_home / 'airflow.db'}",
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "GX_ANALYTICS_ENABLED": "false",
        **ensure_secrets(airflow_home),
    }


def unhealthy(api: Api) -> str:
    """The components that are not healthy yet, for a person to read; empty when all are."""
    try:
        health = api.health()
    except ApiError:
        return "the API server"
    parts = ("metadatabase", "scheduler", "dag_processor", "triggerer")
    return ", ".join(part for part in parts if health.get(part, {}).get("status") != "healthy")


def unknown_dags(api: Api) -> str:
    """The DAGs that Airflow has not read yet; empty when it knows all. Raises StackError when one cannot be read."""
    errors = api.get("/importErrors")["import_errors"]
    if errors:
        raise StackError("\n".join(f"{error['filename']}\n{error['stack_trace']}" for error in errors))
    expected = {path.stem for path in (REPO / "dags").glob("*.py") if not path.name.startswith("_")}
    known = {dag["dag_id"] for dag in api.get("/dags", limit=100)["dags"]}
    return ", ".join(sorted(expected - known))


def is_running(home: Path) -> bool:
    """Whether a local Airflow, or a leftover component of one, holds this home."""
    path = home / "airflow" / LOCK
    if not path.exists():
        return False
    with path.open("a", encoding="utf-8") as held:
        try:
            lock(held, wait=False)
        except BlockingIOError:
            return True
    return False


class Stack:
    """Starts the components, waits until they are healthy and the DAGs are known, and stops them in the end."""

    def __init__(
        self, home: Path, port: int, say: Say, settings: Mapping[str, str] | None = None, workers: Sequence[str] = ()
    ) -> None:
        """`settings` overrides single settings; `workers` names Celery workers, for which it must hold a broker."""
        self.home = home.absolute()
        self.airflow_home = self.home / "airflow"
        self.url = f"http://{HOST}:{port}"
        self._say = say
        self._workers = tuple(workers)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._lock: IO[str] | None = None
        self._environment = {**environment(self.home, port), **(settings or {})}
        self.api = Api(self.url, "engineer", password_of(self.airflow_home, "engineer"))

    def __enter__(self) -> Stack:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def passwords(self) -> Path:
        """JSON of user and password of the UI, readable by its owner alone."""
        return password_file(self.airflow_home)

    @property
    def logs(self) -> Path:
        """Folder of the components' own logs; the tasks' logs lie in airflow/logs."""
        return self.airflow_home / "components"

    def check(self) -> None:
        """Raise StackError when a component has died, of workers when all have: one takes on another's tasks."""
        dead = [name for name, process in self._processes.items() if process.poll() is not None]
        if self._workers and not set(self._workers) <= set(dead):
            dead = [name for name in dead if name not in self._workers]
        if dead:
            raise StackError(f"{dead[0]} ended with code {self._processes[dead[0]].returncode}\n{self._tail(dead[0])}")

    def component_of(self, process: int) -> str:
        """The component in whose session a process runs; raises StackError when it runs in none."""
        session = os.getsid(process)
        for name, leader in self._processes.items():
            if leader.pid == session:
                return name
        raise StackError(f"process {process} belongs to no component of this Airflow")

    def kill(self, name: str) -> int:
        """Kill a component with all that runs in it, as when its host goes (SIGKILL); returns how many processes."""
        killed = _signal_session(self._processes[name].pid, signal.SIGKILL)
        self._processes[name].wait()
        return killed

    def stop(self) -> None:
        """End every component with its children; safe to call again."""
        running = {name: process for name, process in self._processes.items() if process.poll() is None}
        if running:
            self._say("stopping Airflow")
        for name in reversed(running):
            _signal_group(running[name], signal.SIGTERM)
        deadline = time.monotonic() + 20
        for process in running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
        for process in self._processes.values():
            _signal_session(process.pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _start(self) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        held = self._take_lock()
        kind = self._environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].partition(":")[0]
        self._say(f"preparing Airflow's own database ({kind})")
        with (self.logs / "migrate.log").open("wb") as log:
            done = subprocess.run(
                [sys.executable, "-m", "airflow", "db", "migrate"],
                env=self._environment, stdout=log, stderr=subprocess.STDOUT, cwd=self.airflow_home, check=False,
            )  # fmt: skip
        if done.returncode:
            raise StackError(f"airflow db migrate failed\n{self._tail('migrate')}")
        for name, arguments in COMPONENTS.items():
            self._processes[name] = self._spawn(name, arguments, held)
        for name in self._workers:
            self._processes[name] = self._spawn(name, (*WORKER, "--celery-hostname", name), held)
        self._say(f"started {', '.join(self._processes)}; logs in {self.logs}")
        self._wait("is healthy", lambda: unhealthy(self.api) or self._silent_workers())
        self._make_pools()
        self._wait("knows the DAGs", lambda: unknown_dags(self.api))

    def _take_lock(self) -> int:
        """One Airflow per home; the components inherit the lock, so leftovers of a killed session are noticed too."""
        self._lock = (self.airflow_home / LOCK).open("a", encoding="utf-8")
        try:
            lock(self._lock, wait=False)
        except BlockingIOError:
            raise StackError(
                f"an Airflow is already running on {self.home}: stop it first (ctrl-C where it was started)"
            ) from None
        return self._lock.fileno()

    def _spawn(self, name: str, arguments: tuple[str, ...], held: int) -> subprocess.Popen[bytes]:
        with (self.logs / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "airflow", *arguments],
                env={**self._environment, HOST_NAME: name}, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, cwd=self.airflow_home, start_new_session=True, pass_fds=(held,),
            )  # fmt: skip

    def _wait(self, what: str, missing: Callable[[], str], seconds: int = 240) -> None:
        """Poll until nothing is missing; say every few seconds what is."""
        begin = spoken = time.monotonic()
        while waiting_for := missing():
            self.check()
            now = time.monotonic()
            if now - begin > seconds:
                raise StackError(f"Airflow is not ready after {seconds} s: waiting for {waiting_for}; see {self.logs}")
            if now - spoken > SPEAK_EVERY:
                self._say(f"  waiting for {waiting_for}")
                spoken = now
            time.sleep(0.5)
        self._say(f"Airflow {what} after {time.monotonic() - begin:.0f} s")

    def _silent_workers(self) -> str:
        """Workers that do not answer yet, for a person to read; empty when all do."""
        broker = self._environment.get("AIRFLOW__CELERY__BROKER_URL", "")
        return ", ".join(set(self._workers) - (answering(broker) if self._workers else set()))

    def _make_pools(self) -> None:
        """The pools of dags/pools.json, as `airflow pools import` would make them."""
        present = {pool["name"] for pool in self.api.get("/pools", limit=100)["pools"]}
        pools = json.loads((REPO / "dags" / "pools.json").read_text(encoding="utf-8"))
        for name, pool in pools.items():
            if name not in present:
                self.api.send("POST", "/pools", {"name": name, **pool})

    def _tail(self, name: str, lines: int = 25) -> str:
        log = self.logs / f"{name}.log"
        return "\n".join([f"{log} ends with:", *log.read_text(errors="replace").splitlines()[-lines:]])


def _signal_session(leader: int, number: int) -> int:
    """Signal every process of a session, also those that began a group of their own as Airflow's tasks do."""
    signalled = 0
    for process in [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]:
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(process) == leader:
                os.kill(process, number)
                signalled += 1
    return signalled


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
