"""`make rehearse-compose`: the deployment brought up for real, and everything lost and brought back once.

Builds the image, brings the services up, plays a night through the REST API, reads the marts as an analyst, takes all
down and up again, backs up, loses every volume, restores, plays the next night. Each step asserts, and says what it
saw. It uses a project name, secrets, volumes and a port of its own, and removes them in the end.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from include.demo.api import Api, ApiError
from include.demo.nights import FIRST, NightFailed, start_and_follow
from include.demo.run import FIRST_NIGHT, NO_CLOCK, end_on_signals, say_with_clock
from include.demo.stack import REPO, Say, StackError, free_port, unhealthy, unknown_dags
from include.deploy.compose import Compose, ComposeError
from include.deploy.passwords import password_variable
from include.deploy.personal import held, sent

PROJECT = "targeted-rehearsal"
IMAGE = "targeted-measures:local"
SERVICES = ("postgres", "api-server", "scheduler", "dag-processor", "triggerer")
AIRFLOW = SERVICES[1:]
STRAYS = (".env", ".git", ".venv", "var", "wheelhouse", "*.key", "*.identity", "*.age", "*.duckdb", "*.parquet")
"""Names of what an image must not hold."""
FEWEST_VALUES = 1_000
"""Personal values that the country must send, lest a search for them prove nothing."""
UID = "50000"
"""The user of the image, see Dockerfile."""
READY_AFTER = 600.0
"""Seconds within which all services are healthy, on a busy machine too."""
PUBLISHED_MARTS = "/published/marts.duckdb"

HASH = f"""
from pathlib import Path
from include.warehouse.content_hash import content_hash
print(content_hash(Path("{PUBLISHED_MARTS}")), Path("{PUBLISHED_MARTS}").readlink())
"""
DELIVER = """
import sys
from datetime import date
from pathlib import Path
from include.home import Home
from include.intake.deliver import deliver
print(deliver(Path("/country"), Home(Path("/state")), date.fromisoformat(sys.argv[1])))
"""
LIST = "import os; print(*os.listdir('/published'), *[at for at in ['/state'] if os.access(at, os.X_OK)])"
WRITE = "open('/published/written-by-an-analyst', 'w')"


class RehearsalFailed(Exception):
    """A step of the rehearsal did not give what it must; the message says what was seen."""


@dataclass(frozen=True)
class Seen:
    """What must be the same before and after."""

    runs: tuple[tuple[str, str, str], ...]
    """DAG, run and state."""
    marts: str
    """Content hash of the marts and the file that readers get."""


class Rehearsal:
    """The steps, in order; `folder` holds the secrets, the country and the backups."""

    def __init__(self, folder: Path, say: Say) -> None:
        self._say = say
        self._country, self._backups = folder / "country", folder / "backups"
        self._port = free_port(18480)
        subprocess.run(
            [sys.executable, REPO / "scripts" / "make_env.py", folder], check=True, stdout=subprocess.DEVNULL
        )
        env_file = folder / ".env"
        settings = {"AIRFLOW_PORT": str(self._port), "TARGETED_BATCHES": "2", "TARGETED_BACKUPS": str(self._backups)}
        self.compose = Compose(PROJECT, env_file, settings | NO_CLOCK)
        lines = (line.split("=", 1) for line in env_file.read_text(encoding="utf-8").splitlines() if "=" in line)
        self._password = dict(lines)[password_variable("engineer")]

    def play(self) -> None:
        """All steps; raises what `main` reports."""
        first, second = FIRST_NIGHT, FIRST_NIGHT + timedelta(days=1)
        self._make_country()
        self._build()
        self._up()
        self._who_and_where()
        self._night(first)
        self._as_analyst()
        self._nothing_personal()
        before = self._seen()
        self._timed("down", lambda: self.compose("down"))
        self._up()
        self._same("down and up", before, self._seen())
        self._back_up()
        self._timed("down -v: every volume is lost", lambda: self.compose("down", "--volumes"))
        self._say(self.compose.once("upkeep", "restore", "--from", f"/backups/{first:%Y-%m-%d}").strip())
        self._up()
        restored = self._seen()
        self._same("the marts after the restore", before.marts, restored.marts)
        self._expect("Airflow's own history begins anew", restored.runs == (), f"{restored.runs}")
        self._night(second)
        after = self._seen()
        self._expect("readers get the second night", f"{second:%Y-%m-%d}" in after.marts, after.marts)
        self._nothing_personal()

    def _make_country(self) -> None:
        from include.country.make import make_country

        self._timed("a SYNTHETIC 模拟数据 country: 4 counties, 600 households, 2 nights", lambda: make_country(
            self._country, 4, 600, 2, 1, "standard", first_night=FIRST_NIGHT
        ))  # fmt: skip

    def _build(self) -> None:
        self._timed("image built from the wheelhouse", lambda: self.compose("build", "--quiet", "migrate"))
        size = int(self.compose.docker("image", "inspect", "--format", "{{.Size}}", IMAGE))
        self._say(f"  {IMAGE}: {size / 1e6:,.0f} MB")
        wanted = [part for name in STRAYS for part in ("-o", "-name", name)][1:]
        strays = self.compose.docker(
            "run", "--rm", "--network", "none", IMAGE, "find", "/opt/targeted", "/state", "/airflow", *wanted
        )
        self._expect("the image holds no state, key, secret or history", strays.strip() == "", strays)

    def _up(self) -> None:
        self._backups.mkdir(exist_ok=True)
        self._as_root("chown", UID, "/backups")
        begin = time.monotonic()
        self.compose("up", "--detach", "--no-build")
        while waiting := self._waiting():
            if time.monotonic() - begin > READY_AFTER:
                raise RehearsalFailed(f"not ready after {READY_AFTER:.0f} s: {waiting}")
            time.sleep(2)
        self._say(f"up: {', '.join(SERVICES)} healthy and the DAGs known after {time.monotonic() - begin:.0f} s")

    def _waiting(self) -> str:
        found = self.compose.containers()
        states = {name: found.get(name, {}).get("State", {}) for name in SERVICES}
        late = [name for name, state in states.items() if state.get("Health", {}).get("Status") != "healthy"]
        api = self._api()
        return ", ".join(late) or unhealthy(api) or unknown_dags(api)

    def _who_and_where(self) -> None:
        found = self.compose.containers()
        users = {name: self.compose("exec", "-T", name, "id", "-u").strip() for name in AIRFLOW}
        self._expect(f"Airflow runs as uid {UID}", set(users.values()) == {UID}, f"{users}")
        ports = [port for one in found.values() for port in (one["NetworkSettings"]["Ports"] or {}).values() if port]
        addresses = {f"{port['HostIp']}:{port['HostPort']}" for bound in ports for port in bound}
        self._expect("one port is open, on loopback", addresses == {f"127.0.0.1:{self._port}"}, f"{addresses}")

    def _night(self, night: date) -> None:
        count = self.compose.once(
            "upkeep", "-c", DELIVER, f"{night:%Y-%m-%d}", entrypoint="python3", mount=f"{self._country}:/country:ro"
        )
        self._say(f"delivered {count.strip()} packages into the inbox volume")
        times = start_and_follow(self._api(), self._alive, night, self._say)
        told = ", ".join(f"{dag} {seconds:.0f} s" for dag, seconds in times.runs.items())
        self._say(f"night {night:%Y-%m-%d}: {times.seconds:.0f} s, {times.tasks} tasks ({told})")
        letters = self.compose("exec", "-T", "scheduler", "find", "/state/outbox", "-path", f"*/{night}/letter.html")
        self._expect("letters were written", len(letters.split()) > 0, f"{len(letters.split())} letters")

    def _as_analyst(self) -> None:
        question = "select count(*) as households, count(*) filter (where in_need) as in_need from household.households"
        self._say(f"as an analyst: {question}\n{self.compose.once('analyst', question)}")
        try:
            self.compose.once("analyst", "-c", WRITE, entrypoint="python3")
        except ComposeError as error:
            said = str(error).splitlines()[-1]
            self._expect("an analyst cannot write", "Read-only file system" in str(error), said)
        else:
            raise RehearsalFailed("an analyst could write into the published volume")
        listed = self.compose.once("analyst", "-c", LIST, entrypoint="python3").split()
        self._expect("an analyst sees what is published", "marts.duckdb" in listed, ", ".join(listed))
        self._expect("an analyst has nothing else of the state", "/state" not in listed, "")

    def _nothing_personal(self) -> None:
        values = sent(self._country)
        self._expect("the country sends personal values", len(values) > FEWEST_VALUES, f"{len(values):,}")
        database = self.compose("exec", "-T", "postgres", "pg_dump", "-U", "airflow", "--inserts", "airflow")
        logs = self.compose("exec", "-T", "scheduler", "sh", "-c", "find /airflow/logs -type f -exec cat {} +")
        logs += self.compose("logs", "--no-color")
        for name, text in (("Airflow's database", database), ("all logs", logs)):
            found = held(text, values)
            seen = f"{len(text) / 1e6:.1f} MB read, {len(found)} found"
            self._expect(f"{name} tells of the night and holds none of them", FIRST in text and not found, seen)

    def _seen(self) -> Seen:
        runs = self._api().get("/dags/~/dagRuns", limit=100)["dag_runs"]
        marts = self.compose.once("analyst", "-c", HASH, entrypoint="python3").strip()
        return Seen(tuple(sorted((run["dag_id"], run["dag_run_id"], run["state"]) for run in runs)), marts)

    def _back_up(self) -> None:
        self._say(self.compose.once("upkeep", "backup", "--to", "/backups").strip())

    def _as_root(self, *command: str) -> None:
        """Run a command over the backups' folder, which belongs to the image's user and not to ours."""
        self.compose.docker(
            "run", "--rm", "--network", "none", "--user", "0", "--volume", f"{self._backups}:/backups", IMAGE, *command
        )

    def _alive(self) -> None:
        found = self.compose.containers()
        dead = [name for name in SERVICES if not found.get(name, {}).get("State", {}).get("Running")]
        if dead:
            raise RehearsalFailed(
                f"not running any more: {', '.join(dead)}\n{self.compose('logs', '--tail', '25', *dead)}"
            )

    def _api(self) -> Api:
        return Api(f"http://127.0.0.1:{self._port}", "engineer", self._password)

    def _same(self, what: str, before: Any, after: Any) -> None:
        seen = f"{after}" if before == after else f"before {before}, after {after}"
        self._expect(f"{what}: nothing lost", before == after, seen)

    def _expect(self, what: str, holds: bool, seen: str) -> None:
        if not holds:
            raise RehearsalFailed(f"{what}: it is not so. Seen: {seen}")
        self._say(f"  holds: {what} ({seen[:300]})" if seen else f"  holds: {what}")

    def _timed(self, what: str, step: Callable[[], object]) -> None:
        begin = time.monotonic()
        step()
        self._say(f"{what}: {time.monotonic() - begin:.0f} s")

    def clear(self) -> None:
        """Remove containers, volumes and backups of the rehearsal; the image stays."""
        self.compose("down", "--volumes")
        if self._backups.is_dir():
            self._as_root("find", "/backups", "-mindepth", "1", "-delete")


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the rehearsal; returns the exit code: 0 all held, 1 a step did not, 130 stopped."""
    parser = argparse.ArgumentParser(prog="make rehearse-compose", description=__doc__)
    parser.add_argument(
        "--keep", action="store_true", help="leave the services, volumes and backups as they are in the end"
    )
    keep = parser.parse_args(arguments).keep
    say = say_with_clock()
    end_on_signals()
    folder = Path(tempfile.mkdtemp(prefix="targeted-rehearsal-"))
    rehearsal = Rehearsal(folder, say)
    code = 0
    try:
        rehearsal.compose("down", "--volumes")  # of a rehearsal that was killed
        rehearsal.play()
        say("the rehearsal held")
    except (RehearsalFailed, ComposeError, StackError, ApiError, NightFailed) as error:
        print(f"make rehearse-compose: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    if keep:
        say(f"left as it is: project {PROJECT}, {folder}")
        return code
    rehearsal.clear()
    shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
