"""What if: a changed rulebook on last night's households, by the very models of the recommendation.

dbt builds those models, and no others, in a scratch warehouse that holds last night's inputs and the changed rulebook.
What comes out is compared with the published recommendation. Nothing is published; the counts are kept in the what-if
folder, and household keys go only into a file that the person asks for.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from include.contract.words import SYNTHETIC
from include.duck import connect, insert_rows, literal
from include.files import write_aside
from include.home import Home
from include.policy import whatif_queries as queries
from include.policy.rulebook import Rulebook
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.copy import attach_read_only
from include.warehouse.dbt import run_dbt
from include.warehouse.scratch import CannotRebuild, published_night, scratch_home, take_inputs

#: The models that make a recommendation from the rulebook, as dbt names them.
MODELS = ("int_place_offers", "int_recommendations", "household__recommended_measures")
#: What they stand on beside the rulebook, with the columns they read: a nation's households are wide.
INPUTS: Mapping[str, str] = {
    "intermediate.int_households": "cut_id, household_key, place_code where cut_id = 'night'",
    "intermediate.int_place_zones": "* where cut_id = 'night'",
    "intermediate.int_household_reasons": "*",
    "intermediate.int_shown_offers": "household_key, measure_code, standing",
    "seeds.measures": "*",
    "seeds.rulebook": "* where false",
}


class NoWhatIf(CannotRebuild):
    """The rulebook cannot be tried; the message says why and what to do."""


def what_if(
    home: Home, settings: Settings, rulebook: Rulebook, name: str, households: Path | None = None
) -> dict[str, Any]:
    """Try a sound rulebook on the published night; returns the summary, which is also kept under home.whatif.

    With `households`, each change of a household goes into that file (CSV or Parquet, readable by its owner alone).
    Raises CannotRebuild when there is no published night or the warehouse holds another one or is being written,
    NoWhatIf, which is one, when the file would lie among what is published or dbt fails.
    """
    if not rulebook.sound:
        raise NoWhatIf(f"{name} is refused: see `targeted rulebook check`; nothing was tried")
    if households and households.absolute().is_relative_to(home.published.absolute()):
        raise NoWhatIf(f"{households} lies among what is published: name a file in a folder of your own")
    night = published_night(home)
    seed = rulebook.as_seed()
    mark = sha256(seed.encode()).hexdigest()
    with scratch_home(home, "whatif") as scratch:
        take_inputs(home, settings, scratch, night, INPUTS)
        _take_rulebook(settings, scratch, rulebook)
        with redirect_stdout(sys.stderr):  # dbt's lines are progress: the answer alone goes to standard output
            if run_dbt(scratch, settings, night, ["run", "--select", *MODELS]) != 0:
                raise NoWhatIf("dbt could not build the recommendation; its lines are above")
        with _comparison(home, settings, scratch) as connection:
            summary = {
                "mark": SYNTHETIC,
                "night": f"{night:%Y-%m-%d}",
                "rulebook": name,
                "rulebook_sha256": mark,
                "published": str(versions.link(home, "marts").readlink()),
                **queries.summary(connection),
            }
            if households:
                _write_households(connection, households)
    kept = home.whatif / f"{night:%Y-%m-%d}-{Path(name).stem}-{mark[:12]}"
    for file, text in (
        ("summary.json", json.dumps(summary, ensure_ascii=False, indent=2) + "\n"),
        ("rulebook.csv", seed),
    ):
        with write_aside(kept / file) as aside:
            aside.write_text(text, encoding="utf-8")
    return summary | {"kept_in": str(kept)}


def _take_rulebook(settings: Settings, scratch: Home, rulebook: Rulebook) -> None:
    """The changed rulebook in the place of last night's, typed as dbt typed the seed."""
    with connect(settings, scratch.warehouse) as connection:
        order = [name for name, *_ in connection.execute("describe seeds.rulebook").fetchall()]
        rows = [[rule[column] or None for column in order] for rule in rulebook.rules]
        insert_rows(connection, "seeds.rulebook", rows)


@contextmanager
def _comparison(home: Home, settings: Settings, scratch: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees the published marts as `p`, the tried ones as `s`, and the changes as a table."""
    with connect(settings) as connection:
        attach_read_only(connection, versions.link(home, "marts").resolve(), "p")
        attach_read_only(connection, scratch.warehouse, "s")
        for statement in queries.PREPARATION:
            connection.execute(statement)
        yield connection


def _write_households(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    form = "parquet" if path.suffix == ".parquet" else "csv, header"
    with write_aside(path) as aside:
        aside.touch(mode=0o600)
        query = "from changes order by household_key, measure_code"
        connection.execute(f"copy ({query}) to {literal(aside)} (format {form})")
        aside.chmod(0o600)
