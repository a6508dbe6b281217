"""`make rehearse-nights`: plays the bad nights and the good ones, and writes docs/nights-good-and-bad.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from include.demo.rehearsal import DOCUMENT
from include.demo.rehearsal.bad import BAD
from include.demo.rehearsal.good import GOOD
from include.demo.rehearsal.play import Outcome, Rehearsal, Say
from include.demo.rehearsal.scenario import Scenario
from include.demo.rehearsal.table import document, groups, wrong


def rehearse(folder: Path, scenarios: Iterable[Scenario], say: Say) -> tuple[dict[str, Outcome], list[str]]:
    """Play scenarios below `folder`; returns the outcome of each by name, and what did not come as it must."""
    rehearsal = Rehearsal(folder, say)
    rehearsal.prepare()
    outcomes: dict[str, Outcome] = {}
    faults: list[str] = []
    for group in groups(list(scenarios)):
        outcome = rehearsal.outcome(group)
        outcomes |= {one.name: outcome for one in group}
        found = [fault for one in group for fault in wrong(one, outcome)]
        faults += found
        say(f"{', '.join(one.name for one in group)}: {'; '.join(found) or 'as it must'}")
    return outcomes, faults


def main(arguments: Sequence[str] | None = None) -> int:
    """Play all, or those named; the page is written when all were played and came as they must."""
    parser = argparse.ArgumentParser(prog="make rehearse-nights", description=__doc__)
    parser.add_argument("names", nargs="*", help="scenarios to play, with all that share their night (all of them)")
    parser.add_argument(
        "--folder", type=Path, help="keeps what was played, and goes on from there (a temporary folder)"
    )
    asked = parser.parse_args(arguments)
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:6.0f} s  {text}", flush=True)

    named = [one for one in (*BAD, *GOOD) if one.name in asked.names]
    nights = {one.together or one.name for one in named or (*BAD, *GOOD)}
    chosen = [one for one in (*BAD, *GOOD) if (one.together or one.name) in nights]
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
        outcomes, faults = rehearse(asked.folder or Path(scratch), chosen, say)
    if len(chosen) == len(BAD) + len(GOOD) and not faults:
        DOCUMENT.write_text(document(outcomes), encoding="utf-8")
        say(f"wrote {DOCUMENT}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
