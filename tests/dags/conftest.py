"""An Airflow of its own for these tests: its home is a scratch folder, set before Airflow is first imported."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).resolve().parents[2]
_home = Path(tempfile.mkdtemp(prefix="airflow-tests-"))
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ.update({
    "AIRFLOW_HOME": str(_home),
    "AIRFLOW__CORE__DAGS_FOLDER": str(REPO / "dags"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_home / 'airflow.db'}",
})  # fmt: skip


@pytest.fixture(scope="session")
def dagbag() -> Any:
    """All DAGs of the project, parsed from dags/."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(REPO / "dags"))


@pytest.fixture(scope="session")
def airflow_database() -> Iterator[None]:
    """Airflow's own database, made once, with the pools of dags/pools.json."""
    import json

    from airflow.models.pool import Pool
    from airflow.utils.db import initdb

    initdb()
    for name, pool in json.loads((REPO / "dags" / "pools.json").read_text(encoding="utf-8")).items():
        Pool.create_or_update_pool(name, pool["slots"], pool["description"], pool["include_deferred"])
    yield


@pytest.fixture(params=["sftp", "s3"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A server of each kind on loopback, with the account of one county."""
    yield from _with_an_account(request.param, tmp_path)


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Any]:
    """An SFTP server on loopback, with the account of one county."""
    yield from _with_an_account("sftp", tmp_path)


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[Any]:
    """An S3-compatible store on loopback, with the account of one county."""
    yield from _with_an_account("s3", tmp_path)


def _with_an_account(kind: str, folder: Path) -> Iterator[Any]:
    from tests.dags.remote_servers import serving

    with serving(kind, folder) as one:
        one.put("513431/inbox/.keep", b"")  # an account, also before anything was sent
        yield one
