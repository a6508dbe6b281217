"""What dbt's process is given of the environment: what a program needs to run, and no secret of ours or of Airflow."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from include.settings import Settings
from include.warehouse.dbt import environment
from include.warehouse.sources import PROJECT

NIGHT = date(2026, 11, 20)
SECRETS = {
    "TARGETED_PERSON_HMAC_KEY": "12" * 32,
    "TARGETED_PERSON_HMAC_KEY_FILE": "/run/secrets/person",
    "TARGETED_ALERT_URLS": "mailto://office:planted-password@mail.example",
    "TARGETED_INBOX_URL": "sftp://offices@/in",
    "AIRFLOW_CONN_OFFICES": "sftp://user:planted-password@server.example",
    "AIRFLOW__CORE__FERNET_KEY": "planted-fernet",
    "AIRFLOW__API_AUTH__JWT_SECRET": "planted-jwt",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://airflow:planted-password@db/airflow",
    "AWS_SECRET_ACCESS_KEY": "planted-s3",
    "PGPASSWORD": "planted-password",
    "SSH_AUTH_SOCK": "/run/agent",
}
NEEDED = {
    "PATH": "/opt/tools/bin:/usr/bin",
    "HOME": "/home/office",
    "LANG": "zh_CN.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "Asia/Shanghai",
    "TMPDIR": "/scratch",
    "PYTHONPATH": "/opt/targeted",
    "VIRTUAL_ENV": "/opt/targeted/.venv",
    "DBT_LOG_FORMAT": "text",
}


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in (SECRETS | NEEDED).items():
        monkeypatch.setenv(name, value)
    return environment(Settings(home=tmp_path, person_hmac_key=None, threads=3), NIGHT)


def test_no_secret_reaches_dbt(given: dict[str, str]) -> None:
    assert SECRETS.keys() & given.keys() == set()
    assert not [value for value in given.values() if "planted" in value]


def test_what_a_program_needs_is_passed_on(given: dict[str, str]) -> None:
    assert {name: given.get(name) for name in NEEDED} == NEEDED


def test_dbt_is_given_all_that_the_project_reads_without_a_default(given: dict[str, str]) -> None:
    files = [PROJECT / "profiles.yml", *(PROJECT / "macros").rglob("*.sql"), *(PROJECT / "models").rglob("*.sql")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    read = set(re.findall(r"env_var\(['\"](\w+)['\"]\)", text))
    assert len(read) >= 5
    assert read <= given.keys()
    assert {name for name in given if name.startswith("TARGETED_")} == read, "and nothing else of ours"
    assert (given["TARGETED_NIGHT"], given["TARGETED_WAREHOUSE_THREADS"]) == ("2026-11-20", "3")


def test_nothing_is_sent_out_whatever_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "true")
    assert environment(Settings(home=tmp_path), NIGHT)["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
