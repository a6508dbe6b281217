"""The conventions of the dbt project, judged by dbt-bouncer on a fresh manifest; the numbers its unit tests quote."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.home import Home
from include.settings import Settings
from include.warehouse.dbt import run_dbt
from include.warehouse.sources import PROJECT


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifest of the project as it is."""
    home = Home(tmp_path_factory.mktemp("parse"))
    home.warehouse.parent.mkdir(parents=True)
    assert run_dbt(home, Settings(home=home.root), date(2026, 11, 20), ["parse"]) == 0
    return home.warehouse.parent / "dbt-target" / "manifest.json"


def _models(manifest: Path) -> dict[str, dict[str, Any]]:
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}


def test_the_project_keeps_its_conventions(manifest: Path, tmp_path: Path) -> None:
    config = yaml.safe_load((PROJECT / "dbt-bouncer.yml").read_text(encoding="utf-8"))
    config["dbt_artifacts_dir"] = str(manifest.parent)
    (tmp_path / "dbt-bouncer.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [
        str(Path(sys.executable).with_name("dbt-bouncer")),
        "run",
        "--config-file",
        str(tmp_path / "dbt-bouncer.yml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_model_says_its_grain_and_steps_at_its_top(manifest: Path) -> None:
    silent = [
        name
        for name, model in _models(manifest).items()
        if not re.match(r"-- Grain: .+\n(-- .+\n)*?-- Steps.*: .+", model["raw_code"])
    ]
    assert silent == []
    twice = [name for name, model in _models(manifest).items() if "transformation_steps" in model["config"]["meta"]]
    assert twice == [], "the head of the SQL says it"


def test_the_names_that_readers_lean_on_are_there(manifest: Path) -> None:
    """The tables of the design that have data so far."""
    named = {
        "household": "households members household_versions household_causes household_conditions household_measures "
        "measure_fit recommended_measures risks decisions grievances standards",
        "zone": "zones zone_places villages rulebook poverty_monthly cause_profile change_explained practices",
        "responsibility": "units duty_chain duty_gaps tasks visits pairing_deliveries fund_flows contributions plans "
        "verified_rates scorecards",
        "quality": "attempts attempt_differences findings held_households gate_results rules reporting releases "
        "restatements alerts county_scorecards",
    }
    built = {(model["schema"], model["alias"]) for model in _models(manifest).values()}
    missing = [
        (schema, table) for schema, tables in named.items() for table in tables.split() if (schema, table) not in built
    ]
    assert missing == []


def test_the_sql_stays_portable(manifest: Path) -> None:
    """No lambda arrows, no tilde, no QUALIFY: they do not run on every engine the models are meant for."""
    found = [
        (name, pattern)
        for name, model in _models(manifest).items()
        for pattern in (r"\w\s*->\s*\w", r"[^!]~", r"(?i)\bqualify\b", r"(?i)\bmerge into\b")
        if re.search(pattern, re.sub(r"--.*|\{[{%#](.|\n)*?[%}#]\}", "", model["raw_code"]))
    ]
    assert found == []


def test_every_standard_that_a_model_asks_for_is_checked_to_be_in_force() -> None:
    """One that nobody stated gives unknown, silently: tests/standards_in_use_are_in_force.sql must know of it."""
    asked = {
        subject
        for folder in ("models", "macros")
        for path in (PROJECT / folder).rglob("*.sql")
        for subject in re.findall(r"national_standard\('(\w+)'\)", path.read_text(encoding="utf-8"))
    }
    checked = (PROJECT / "tests" / "standards_in_use_are_in_force.sql").read_text(encoding="utf-8")
    assert {"risk_cleared_min_days", "double_benefit_days", "first_secretary_days_per_month"} <= asked
    assert {subject for subject in asked if f"'{subject}'" not in checked} == set()
