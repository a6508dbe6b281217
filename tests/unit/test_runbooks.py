"""Every gate and kind of alert has its runbook, and the runbooks' links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from expectations.results import BLOCKED, STAGES
from include import kill_points
from include.settings import Settings
from include.watch.messages import _BLOCKED_ZH, runbook

ROOT = Path(__file__).resolve().parents[2]
RUNBOOKS = sorted((ROOT / "docs" / "runbooks").glob("*.md"))


@pytest.mark.parametrize(
    "subject",
    [
        *(f"gate:{stage}" for stage in STAGES),
        "step:receive_submissions.receive",
        "step:receive_submissions.fetch",
        "step:release_county.record 513431-00007",
        "disk:full",
        "freshness:marts",
        "late:build_marts",
    ],
)
def test_what_an_alert_points_to_is_there_and_says_what_to_do(subject: str) -> None:
    text = (ROOT / runbook(subject)).read_text(encoding="utf-8")
    for part in ("**What it means.**", "**What is blocked.**", "**Look at.**", "**Rerun.**", "**Over when**"):
        assert part in text
    assert len(text.splitlines()) < 60, "one screen"


def test_a_route_that_fails_points_to_what_is_said_of_routes() -> None:
    text = (ROOT / runbook("route:mailto-0123456789")).read_text(encoding="utf-8")
    assert "route ... not delivered" in text and "`AlertNotDelivered`" in text


def test_every_gate_says_what_it_blocks() -> None:
    assert set(BLOCKED) == set(_BLOCKED_ZH) == set(STAGES)


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.name)
def test_links_of_the_runbooks_resolve(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_checks_that_a_runbook_names_exist() -> None:
    suites = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "expectations").rglob("*.py"))
    written = re.compile(rf"`((?:{'|'.join(STAGES)})-[a-z-]+[a-z])`")
    named = {check for path in RUNBOOKS for check in written.findall(path.read_text(encoding="utf-8"))}
    assert len(named) >= 15 and {check.split("-")[0] for check in named} >= set(STAGES) - {"warehouse"}
    assert {check for check in named if f'"{check}"' not in suites} == set()


def test_the_settings_that_a_document_names_exist() -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    known = {f"TARGETED_{name}".upper() for name in Settings.model_fields} | {kill_points.SETTING}
    known |= set(re.findall("TARGETED_[A-Z_]+", compose))
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        named = set(re.findall("TARGETED_[A-Z_]+", path.read_text(encoding="utf-8")))
        assert named <= known, f"{path.name}: {named - known}"


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.name)
def test_what_a_runbook_names_is_there(path: Path) -> None:
    """Files of the project and DAGs: what was renamed is found here and not at night."""
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:include|docs|dags|expectations|dbt_project|scripts|tests)/[\w./-]+\w/?)`", text):
        assert (ROOT / name).exists(), name
    for dag in re.findall(r"DAG `(\w+)`", text):
        assert (ROOT / "dags" / f"{dag}.py").exists(), dag


def test_the_commands_that_a_document_names_exist() -> None:
    from typer.main import get_command

    from include.cli import app

    root, named = get_command(app), 0
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for line in re.findall(
            r"(?:^|`)(?:\.venv/bin/)?targeted ((?:[a-z-]+ ?)+)", path.read_text("utf-8"), re.MULTILINE
        ):
            command, words, named = root, line.split(), named + 1
            while words and hasattr(command, "commands"):
                assert words[0] in command.commands, f"{path.name}: targeted {line}"
                command = command.commands[words.pop(0)]
    assert named > 50
