"""dbt in the test's own process: to start the program costs three times what it does for a model.

What a night runs is the program (include.warehouse.dbt): tests/dbt/test_build.py and the nights under the scheduler go
through that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from datetime import date
from typing import Any

import pytest

from include.home import Home
from include.settings import Settings
from include.warehouse import dbt
from include.warehouse.dbt import environment, for_home, take_parsed, target_of

_MANIFEST: list[Any] = []
"""The project as dbt read it, once for all tests of a worker."""


def run_dbt(
    home: Home, settings: Settings, night: date, arguments: Sequence[str], asked: Mapping[str, str] | None = None
) -> None:
    """Run dbt for a home as the program would; fails the test when dbt does not succeed."""
    ran = _invoke(home, settings, night, arguments, asked)
    assert ran.success, ran.exception or ran.result


@contextmanager
def in_process() -> Iterator[None]:
    """Within it, the layers of a night are built without the program; it cannot be killed there, or fill a disk.

    The seeds' own tests are left out: the files are those of the repository, which tests/dbt/test_build.py builds with
    all of theirs.
    """

    def run(
        home: Home,
        settings: Settings,
        night: date,
        arguments: Sequence[str],
        layer: str | None = None,
        no_space: list[str] | None = None,
        asked: Mapping[str, str] | None = None,
    ) -> int:
        (target_of(home) / "run_results.json").unlink(missing_ok=True)
        own = ["--exclude", "resource_type:test"] if layer == "seeds" else []
        return 0 if _invoke(home, settings, night, [*arguments, *own], asked).success else 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt, "run_dbt", run)
        yield


def _invoke(
    home: Home, settings: Settings, night: date, arguments: Sequence[str], asked: Mapping[str, str] | None
) -> Any:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    with pytest.MonkeyPatch.context() as patch, chdir(home.warehouse.parent):
        for name, value in (environment(settings, night) | dict(asked or {})).items():
            patch.setenv(name, value)
        if not _MANIFEST:
            take_parsed(settings.parsed_project, target_of(home))
            parsed = dbtRunner().invoke(for_home(home, ["parse"]))
            assert parsed.success, parsed.exception
            _MANIFEST.append(parsed.result)
            take_parsed(target_of(home), settings.parsed_project)
        ran = dbtRunner(manifest=_MANIFEST[0]).invoke(for_home(home, arguments))
        DuckDBConnectionManager.close_all_connections()  # it would keep the file open
    return ran
