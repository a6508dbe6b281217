"""What people open, in what they open it with: pages in Chromium, templates in LibreOffice, compose."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from include.contract import contract
from include.contract.templates import write_templates
from scripts.make_env import GENERATORS, filled
from tests.conftest import PlayedCountry

pytestmark = pytest.mark.full

CHROMIUM = [
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--virtual-time-budget=2000",
]
REPOSITORY = Path(__file__).resolve().parents[2]


def run(command: list[str], **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def dom(page: Path, profile: Path) -> str:
    """The page as Chromium has laid it out."""
    return run([*CHROMIUM, f"--user-data-dir={profile}", "--dump-dom", page.as_uri()])


def test_a_letter_opens_in_a_browser_and_asks_nothing_of_the_network(
    played_country: PlayedCountry, tmp_path: Path
) -> None:
    letters = sorted(played_country.home.outbox.glob(f"*/{played_country.nights[0]}/letter.html"))
    assert len(letters) >= 12
    seen = dom(letters[0], tmp_path / "profile")
    assert "SYNTHETIC 模拟数据" in seen
    assert "数据接收情况通知" in seen
    assert "http://" not in seen.replace("http://www.w3.org", "")
    assert "https://" not in seen


def test_a_letters_workbook_opens_in_libreoffice_with_its_totals(played_country: PlayedCountry, tmp_path: Path) -> None:
    workbook = max(played_country.home.outbox.glob("*/*/letter.xlsx"), key=lambda path: path.stat().st_size)
    run([
        "soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'office').as_uri()}", "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2", "--outdir", str(tmp_path),
        str(workbook),
    ])  # fmt: skip
    with next(tmp_path.glob("letter*.csv")).open(encoding="utf-8-sig") as file:
        head, *rules, total = list(csv.reader(file))
    findings = head.index("处 findings")
    with workbook.with_name("findings.csv").open(encoding="utf-8-sig") as file:
        listed = len(list(csv.reader(file))) - 1
    assert int(total[findings]) == sum(int(rule[findings]) for rule in rules) == listed > 0


def test_a_template_opens_in_libreoffice_with_the_contracts_headers(tmp_path: Path) -> None:
    write_templates(tmp_path / "templates")
    workbook = next((tmp_path / "templates").rglob("households*.xlsx"))
    run([
        "soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'office').as_uri()}", "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1", "--outdir", str(tmp_path), str(workbook),
    ])  # fmt: skip
    converted = next(tmp_path.glob("households*.csv"))
    with converted.open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if any(row)]
    headers = [column.zh for column in contract("households").columns]
    assert headers in [row[: len(headers)] for row in rows]


def test_the_deployment_file_is_sound_and_wants_its_secrets(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "docker-compose.yml", tmp_path)
    command = [
        "docker-compose", "--project-directory", str(tmp_path),
        *(part for profile in ("analyst", "upkeep", "cluster") for part in ("--profile", profile)), "config",
    ]  # fmt: skip
    bare = {name: value for name, value in os.environ.items() if name not in GENERATORS}
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=bare)
    assert refused.returncode != 0
    assert "make env" in refused.stderr

    (tmp_path / ".env").write_text(filled((REPOSITORY / ".env.example").read_text(encoding="utf-8")), encoding="utf-8")
    services = yaml.safe_load(run(command))["services"]
    assert {"postgres", "migrate", "api-server", "scheduler", "dag-processor", "triggerer"} <= services.keys()
    assert {"redis", "worker"} <= services.keys()
    ports = [str(port) for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 1 and "127.0.0.1" in ports[0], "something listens beyond this host"
    (seen_by_analysts,) = services["analyst"]["volumes"]
    assert "published" in str(seen_by_analysts) and re.search(r":ro$|read_only': True", str(seen_by_analysts))
    assert all("healthcheck" in services[name] for name in services.keys() - {"migrate", "upkeep", "analyst"})
