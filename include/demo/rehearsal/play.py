"""Plays scenarios: from a copy of two ordinary nights, with a real webhook that takes the alerts."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from include import night as steps
from include.country.make import make_country
from include.demo.rehearsal import COUNTRY, NIGHTS, TONIGHT
from include.demo.rehearsal.scenario import Ground, Scenario, Start
from include.duck import connect
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings

Say = Callable[[str], None]

_FIRST_TASK: dict[Start, str] = {"arrived": "receive", "judged": "gate_submissions", "built": "gate_marts"}


@dataclass
class Outcome:
    """What came of a night."""

    stopped: str = ""
    checks: dict[str, str] = field(default_factory=dict)
    """Each failed check with where it failed."""
    verdicts: dict[str, str] = field(default_factory=dict)
    """County and breaker that holds it, with what was measured and the threshold."""
    held: dict[str, int] = field(default_factory=dict)
    """Held rows by office."""
    refused: dict[str, str] = field(default_factory=dict)
    """Refused packages by office, with the rule."""
    published: bool = False
    messages: list[tuple[str, str]] = field(default_factory=list)
    """Title and text, as the webhook got them."""


class Rehearsal:
    """A folder with the country, its two ordinary nights, and a third one up to the judge and up to the marts."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder, self._say = folder.absolute(), say
        self.country = self.folder / "country"

    def prepare(self) -> None:
        """Play what all scenarios start from; what an earlier call has played stays."""
        self._once("made", lambda: make_country(self.country, **COUNTRY))
        self._once("played", self._ordinary_nights)
        self._once("judged", lambda: self._third_night("judged", "base", "receive", "gate_submissions"))
        self._once("built", lambda: self._third_night("built", "judged", "gate_submissions", "gate_marts"))

    def outcome(self, scenarios: Sequence[Scenario]) -> Outcome:
        """What came of scenarios that share a night; played once, and kept in the folder."""
        kept = self.folder / "outcomes" / f"{scenarios[0].together or scenarios[0].name}.json"
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            kept.write_text(json.dumps(asdict(self.play(scenarios)), ensure_ascii=False, indent=1), encoding="utf-8")
        return Outcome(**json.loads(kept.read_text(encoding="utf-8")))

    def play(self, scenarios: Sequence[Scenario]) -> Outcome:
        """Let one or more things happen to one home on one night, and run that night to its end."""
        first = scenarios[0]
        settings = {name: value for one in scenarios for name, value in one.settings.items()}
        with _webhook() as (url, messages):
            ground = self._ground(first, settings | {"alert_urls": url})
            try:
                for night in first.nights[:-1]:
                    self._arrive(ground, night, scenarios, only=first.places)
                    _run(ground, night, "receive", "gate_submissions")
                if first.start == "arrived":
                    self._arrive(ground, first.nights[-1], scenarios, only=first.places if first.before else ())
                elif not first.after:
                    for one in scenarios:
                        one.happens(ground)
                failed = _run(ground, first.nights[-1], _FIRST_TASK[first.start], first.until, first)
                _tell(ground, first.nights[-1], failed, whole=not first.until)
                told = [(title, body.replace(str(ground.home.root), "var")) for title, body in messages]
                return _outcome(ground, first.nights[-1], failed, told)
            finally:
                shutil.rmtree(ground.home.root)

    def _ground(self, scenario: Scenario, settings: dict[str, object]) -> Ground:
        root = self.folder / "scenario"
        shutil.rmtree(root, ignore_errors=True)
        source = {"arrived": "base"}.get(scenario.start, scenario.start)
        shutil.copytree(self.folder / source, root, symlinks=True, copy_function=_copy)
        return Ground(Home(root), Settings.model_validate({"home": root, "batches": 1} | settings), self.country)

    def _arrive(self, ground: Ground, night: date, scenarios: Sequence[Scenario], only: tuple[str, ...]) -> None:
        deliver(self.country, ground.home, night)
        tonight = Ground(ground.home, ground.settings, ground.country, night)
        if only:
            for package in ground.home.inbox.glob(f"*/{night:%Y-%m-%d}"):
                if package.parent.name not in only:
                    shutil.rmtree(package)
        for one in scenarios:
            one.happens(tonight)

    def _ordinary_nights(self) -> None:
        ground = self._home("base")
        for night in NIGHTS:
            deliver(self.country, ground.home, night)
            _must_end(_run(ground, night, "receive"))

    def _third_night(self, name: str, source: str, first: str, until: str) -> None:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.folder / source, self.folder / name, symlinks=True, copy_function=_copy)
        ground = self._home(name)
        if source == "base":
            deliver(self.country, ground.home, TONIGHT)
        _must_end(_run(ground, TONIGHT, first, until))

    def _home(self, name: str) -> Ground:
        root = self.folder / name
        root.mkdir(parents=True, exist_ok=True)
        return Ground(Home(root), Settings(home=root, batches=1), self.country)

    def _once(self, name: str, step: Callable[[], None]) -> None:
        done = self.folder / f"{name}.done"
        if done.exists():
            return
        self._say(f"once for all: {name}")
        self.folder.mkdir(parents=True, exist_ok=True)
        step()
        done.touch()


Failed = tuple[str, Exception] | None


def _run(ground: Ground, night: date, first: str, until: str = "", amid: Scenario | None = None) -> Failed:
    """The tasks of a night from `first` on, up to but without `until`; the first that fails, with its error.

    What happens `amid` the night happens after the task that it names.
    """
    begun = False
    for name, task in steps.tasks(ground.home, ground.settings, night):
        begun = begun or name == first
        if name == until:
            return None
        if not begun:
            continue
        try:
            task()
        except Exception as error:
            return name, error
        if amid and amid.after == name:
            amid.happens(ground)
    return None


def _must_end(failed: Failed) -> None:
    if failed:
        raise failed[1]


def _tell(ground: Ground, night: date, failed: Failed, whole: bool) -> None:
    """As include.night.run tells it: the failure, the quality file and the morning's message all the same."""
    if failed:
        steps.alert(ground.home, ground.settings, night, *failed)
    elif whole:
        steps.resolve(ground.home, ground.settings, night)
    else:
        steps.build(ground.home, ground.settings, "quality", night)
    if failed or not whole:
        steps.publish_quality(ground.home, ground.settings, night)
    steps.heartbeat(ground.home, ground.settings, night)


def _outcome(ground: Ground, night: date, failed: Failed, messages: list[tuple[str, str]]) -> Outcome:
    from include.warehouse.versions import current

    served = current(ground.home, "marts")
    outcome = Outcome(published=bool(served and served.night == night), messages=messages)
    if failed:
        stage = getattr(failed[1], "stage", "")
        outcome.stopped = f"gate:{stage}" if stage else f"step:{failed[0]}"
    lake = {
        kind: ground.home.lake_glob(kind, night=night)
        for kind in ("gate_results", "verdicts", "attempts")
        if any((ground.home.lake / kind / f"night={night:%Y-%m-%d}").glob("*.parquet"))
    }
    with connect(ground.settings) as connection:

        def rows(kind: str, query: str) -> list[tuple[Any, ...]]:
            if kind not in lake:
                return []
            return connection.execute(query, [lake[kind]]).fetchall()

        outcome.checks = {
            check: where or observed
            for check, where, observed in rows(
                "gate_results",
                "select check_id, examples, observed from read_parquet(?) where not success order by stage, check_id",
            )
        }
        outcome.verdicts = {
            f"{county} {rule}": f"{measured:.4g} > {threshold:g}"
            for county, rule, measured, threshold in rows(
                "verdicts",
                "select submitter, rule, measured, threshold from read_parquet(?) where verdict = 'hold' order by all",
            )
        }
        outcome.refused = dict(
            rows("attempts", "select submitter, refusal from read_parquet(?) where refusal is not null order by all")
        )
        held = sorted(ground.home.lake.glob(f"held/*/night={night:%Y-%m-%d}/*.parquet"))
        if held:
            outcome.held = dict(
                connection.execute(
                    "select submitter, count(*) from read_parquet(?, union_by_name = true) group by all order by all",
                    [[str(path) for path in held]],
                ).fetchall()
            )
    return outcome


def _copy(source: str, target: str) -> None:
    # Lake and landing are replaced and never written to: a second name for their files is enough.
    if source.endswith((".parquet", ".age")):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


@contextmanager
def _webhook() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A real receiver on loopback, as a chat's webhook would be: its address, and what it has taken."""
    taken: list[tuple[str, str]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            taken.append((message["title"], message["message"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"json://127.0.0.1:{server.server_port}/alerts", taken
    finally:
        server.shutdown()
        server.server_close()
