"""The answer key both ways: each kind of planted fault alone, all together, and countries without any.

`make answer-key` makes the countries, runs receive, check and judge, and prints a table: kinds by seeds, with how many
findings were caught, missed, or extra (found and not in the key). No dbt: the marts are not asked.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from include import night as steps
from include.country import DEFAULT_FIRST_NIGHT
from include.country.fault_kinds import kind_names, needs_second_night
from include.country.make import NONE, STANDARD, make_country
from include.duck import connect
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings

SEEDS = (1, 2, 3, 4, 5)
COUNTIES_ALONE, HOUSEHOLDS_ALONE = 4, 240
"""UTF-8, GB18030, English headers and xlsx, a county of each (include/country/habits.py)."""
COUNTIES_TOGETHER, HOUSEHOLDS_TOGETHER = 12, 1_000
"""As many as it takes for faults of packages to have a county each."""
CLEAN_NIGHTS = 3
BATCH = "0-of-1"

Finding = tuple[str, str, str, str, str]
"""As the answer key writes it: night, submitter, dataset, row (empty for a whole file), rule:severity."""


@dataclass(frozen=True)
class Compared:
    """What the key told and what was found, of one country."""

    expected: frozenset[Finding]
    found: frozenset[Finding]
    planted: int
    """Lines of the key that belong to the kind itself, layout included; none planted proves nothing."""
    held: int
    refused: int
    """Rows held and rejected, and attempts and files refused."""

    @property
    def caught(self) -> frozenset[Finding]:
        """In the key and found."""
        return self.expected & self.found

    @property
    def missed(self) -> frozenset[Finding]:
        """In the key and not found."""
        return self.expected - self.found

    @property
    def extra(self) -> frozenset[Finding]:
        """Found and not in the key."""
        return self.found - self.expected

    @property
    def right(self) -> bool:
        """The key and the findings are the same, and the key is not empty."""
        return bool(self.planted) and not self.missed and not self.extra

    @property
    def clean(self) -> bool:
        """Nothing was held or refused, and no finding came that the key of a clean country does not name."""
        return not (self.held or self.refused or self.missed or self.extra)


def play(folder: Path, faults: str, seed: int, nights: int, counties: int, households: int) -> Compared:
    """Make a country with a set of faults below `folder`, run its nights up to judge, and compare."""
    country, home = folder / "country", Home(folder / "home")
    settings = Settings(home=home.root, batches=1)
    make_country(country, counties, households, nights, seed, faults)
    held = refused = 0
    for night in (DEFAULT_FIRST_NIGHT + timedelta(days=k) for k in range(nights)):
        deliver(country, home, night)
        received = steps.receive(home, settings, night, BATCH).counts
        steps.meet(home, settings, night)
        steps.check(home, settings, night, BATCH)
        judged = steps.judge(home, settings, night, BATCH).counts
        held += judged["held"]
        refused += judged["rejected"] + received["refused"] + received["files refused"]
    expected, planted = read_key(country / "answer_key.csv")
    return Compared(expected, read_findings(home, settings), planted, held, refused)


def read_key(path: Path) -> tuple[frozenset[Finding], int]:
    """The findings that a key expects, and how many of its lines were planted (not the columns sent by habit)."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    expected = frozenset(
        (line["night"], line["submitter"], line["dataset"], line["row"], line["expect"])
        for line in lines
        if line["expect"]
    )
    return expected, sum(not line["kind"].startswith("forbidden_column") for line in lines)


def read_findings(home: Home, settings: Settings) -> frozenset[Finding]:
    """All findings of receive and check in a home, in the words of the key."""
    found: set[Finding] = set()
    with connect(settings) as connection:
        for kind in ("findings_receive", "findings_check"):
            found |= set(
                connection.execute(
                    """select strftime(night, '%Y-%m-%d'), submitter, coalesce(dataset, ''),
                        coalesce("row"::varchar, ''), rule || ':' || severity
                    from read_parquet(?, hive_partitioning = false, union_by_name = true)""",
                    [home.lake_glob(kind)],
                ).fetchall()
            )
    return frozenset(found)


def run_alone(kind: str, seed: int) -> Compared:
    """One kind alone, in every county that it fits."""
    return _in_scratch(kind, seed, 2 if needs_second_night(kind) else 1, COUNTIES_ALONE, HOUSEHOLDS_ALONE)


def run_together(seed: int) -> Compared:
    """All kinds of the standard set in one country, over two nights."""
    return _in_scratch(STANDARD, seed, 2, COUNTIES_TOGETHER, HOUSEHOLDS_TOGETHER)


def run_clean(seed: int) -> Compared:
    """A country without faults."""
    return _in_scratch(NONE, seed, CLEAN_NIGHTS, COUNTIES_TOGETHER, HOUSEHOLDS_TOGETHER)


def _in_scratch(faults: str, seed: int, nights: int, counties: int, households: int) -> Compared:
    with tempfile.TemporaryDirectory(prefix="answer-key-") as folder:
        return play(Path(folder), faults, seed, nights, counties, households)


def run(kinds: Iterable[str], seeds: Sequence[int], say: Callable[[str], None]) -> bool:
    """Print the table, line by line as it comes; returns whether every cell is right."""
    say(f"{'kind':28}" + "".join(f"{f'seed {seed}':>16}" for seed in seeds) + "   (caught/missed/extra)")
    good = True
    for kind in kinds:
        by_seed = [_compare(kind, seed) for seed in seeds]
        cells = [f"{len(c.caught)}/{len(c.missed)}/{len(c.extra)}" for c in by_seed]
        if kind == NONE:
            cells = [f"{cell} held {c.held}" for cell, c in zip(cells, by_seed, strict=True)]
        say(f"{kind:28}" + "".join(f"{cell:>16}" for cell in cells))
        for seed, compared in zip(seeds, by_seed, strict=True):
            good &= compared.clean if kind == NONE else compared.right
            for word, findings in (("missed", compared.missed), ("extra", compared.extra)):
                for finding in sorted(findings):
                    say(f"    seed {seed} {word}: {' '.join(finding)}")
            if kind != NONE and not compared.planted:
                say(f"    seed {seed}: nothing was planted, so nothing is shown")
    return good


def _compare(kind: str, seed: int) -> Compared:
    if kind == NONE:
        return run_clean(seed)
    return run_together(seed) if kind == STANDARD else run_alone(kind, seed)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns 1 when a cell of the table is not right."""
    parser = argparse.ArgumentParser(prog="make answer-key", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--kinds", nargs="+", default=(NONE, STANDARD, *kind_names()), metavar="KIND")
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    good = run(chosen.kinds, chosen.seeds, lambda line: print(line, flush=True))
    print(f"answer-key: {'as the key says' if good else 'NOT as the key says'}, {time.monotonic() - began:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
