"""dbt in the test's own process, for tests that judge models: to start it costs three times what it does for a model.

What a night runs is the program (include.warehouse.dbt): test_build.py and every played night go through that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import chdir
from datetime import date
from typing import Any

import pytest

from include.home import Home
from include.settings import Settings
from include.warehouse.dbt import environment, for_home, take_parsed, target_of

_MANIFEST: list[Any] = []
"""The project as dbt read it, once for all tests of a worker."""


def run_dbt(
    home: Home, settings: Settings, night: date, arguments: Sequence[str], asked: Mapping[str, str] | None = None
) -> None:
    """Run dbt for a home as the program would; fails the test when dbt does not succeed."""
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
    assert ran.success, ran.exception or ran.result
