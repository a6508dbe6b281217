"""`make run`: a small synthetic country, two nights through the real scheduler, and what came of it."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from include.demo.api import ApiError
from include.demo.nights import NightFailed, NightTimes, run_night
from include.demo.show import show
from include.demo.stack import Say, Stack, StackError, free_port, is_running
from include.demo.state import NotADemo, begin_afresh
from include.home import Home
from include.settings import Settings

FIRST_NIGHT = date(2026, 11, 20)
NO_CLOCK = {"TARGETED_FIRST_NIGHT": "2100-01-01"}
"""The demonstration starts its nights itself: no run by the machine's clock comes between them."""


@dataclass(frozen=True)
class Options:
    """What a demonstration is made of."""

    counties: int
    households: int
    nights: int
    seed: int
    faults: str
    port: int
    keep_up: bool


def say_with_clock() -> Say:
    """A voice that puts the seconds since its making before each line."""
    begin = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - begin:6.1f} s] {text}", flush=True)

    return say


def demonstrate(home: Path, options: Options, say: Say) -> list[NightTimes]:
    """Make the country, run its nights, stop Airflow, show what was published; raises what `main` reports."""
    country = home / "country"
    say(
        f"making a SYNTHETIC 模拟数据 country: {options.counties} counties, {options.households:,} households, "
        f"{options.nights} nights, seed {options.seed}, faults {options.faults}"
    )
    _make_country(country, options)
    size = sum(path.stat().st_size for path in country.rglob("*") if path.is_file())
    keys = f"the planted faults in {country / 'answer_key.csv'}, the planted holes in holes_key.csv"
    say(f"made {country}: {size / 1e6:,.1f} MB, {keys}")
    times = []
    with Stack(home, free_port(options.port), say, NO_CLOCK) as stack:
        for index in range(options.nights):
            night = FIRST_NIGHT + timedelta(days=index)
            say(f"night {index + 1} of {options.nights}: {night:%Y-%m-%d}")
            times.append(run_night(stack, country, night, say))
            say(f"night {night:%Y-%m-%d} is done: {_told(times[-1])}")
        if options.keep_up:
            show(Home(home), times[-1].night)
            _wait_for_the_user(stack, say)
    if not options.keep_up:
        show(Home(home), times[-1].night)
    return times


def _make_country(out: Path, options: Options) -> None:
    from include.country.make import NONE, STANDARD, make_country

    holes = STANDARD if options.faults == STANDARD else NONE
    make_country(
        out,
        options.counties,
        options.households,
        options.nights,
        options.seed,
        options.faults,
        FIRST_NIGHT,
        holes=holes,
    )


def _told(times: NightTimes) -> str:
    parts = ", ".join(f"{dag} {seconds:.0f} s" for dag, seconds in times.runs.items())
    return f"{times.seconds:.0f} s, {times.tasks} tasks ({parts})"


def _wait_for_the_user(stack: Stack, say: Say) -> None:
    say(f"Airflow stays up at {stack.url}; users and passwords are in {stack.passwords}; ctrl-C stops it")
    while True:
        stack.check()
        time.sleep(1)


def end_on_signals() -> None:
    """Let an ordinary end of the session (TERM, HUP) stop Airflow as ctrl-C does."""

    def stop(number: int, _frame: object) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--counties", type=int, default=12, help="real counties, from at least four provinces")
    parser.add_argument("--households", type=int, default=20_000, help="households in all of them")
    parser.add_argument("--nights", type=int, default=2, help="nights to run, from 2026-11-20")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same country")
    parser.add_argument("--faults", choices=["none", "standard"], default="standard", help="plant faults in the files")
    parser.add_argument("--port", type=int, default=18080, help="first port to try for Airflow on 127.0.0.1")
    parser.add_argument("--keep-up", action="store_true", help="leave Airflow up afterwards, until ctrl-C")
    return Options(**vars(parser.parse_args(arguments)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration; returns the exit code: 0 done, 1 a night failed, 2 it could not begin, 130 stopped."""
    options = _options(arguments)
    home = Settings().home.absolute()
    say = say_with_clock()
    end_on_signals()
    try:
        if is_running(home):
            raise NotADemo(f"an Airflow is running on {home}: stop it first (ctrl-C where it was started)")
        if previous := begin_afresh(home):
            say(f"began afresh: the demonstration before this one was moved to {previous}")
        demonstrate(home, options, say)
    except NotADemo as error:
        print(f"make run: {error}", file=sys.stderr)
        return 2
    except (NightFailed, StackError, ApiError) as error:
        print(f"make run: {error}\nAll logs: {home / 'airflow'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
