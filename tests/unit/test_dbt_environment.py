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
PLANTED = "planted"
SECRETS = dict.fromkeys(
    (
        "TARGETED_PERSON_HMAC_KEY",
        "TARGETED_PERSON_HMAC_KEY_FILE",
        "TARGETED_ALERT_URLS",
        "TARGETED_INBOX_URL",
        "AIRFLOW_CONN_OFFICES",
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
        "AWS_SECRET_ACCESS_KEY",
        "PGPASSWORD",
        "SSH_AUTH_SOCK",
        "DBT_ENV_SECRET_TOKEN",
    ),
    PLANTED,
)
NEEDED = {
    "PATH": "/opt/tools/bin:/usr/bin",
    "HOME": "/home/office",
    "LANG": "zh_CN.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "Asia/Shanghai",
    "TMPDIR": "/scratch",
    "PYTHONPATH": "/opt/targeted",
    "VIRTUAL_ENV": "/opt/targeted/.venv",
}


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in (SECRETS | NEEDED).items():
        monkeypatch.setenv(name, value)
    return environment(Settings(home=tmp_path, person_hmac_key=None, threads=3), NIGHT)


def test_no_secret_reaches_dbt(given: dict[str, str]) -> None:
    assert SECRETS.keys() & given.keys() == set()
    assert not [value for value in given.values() if PLANTED in value]


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
