"""The Airflow UI in Chromium: the DAGs, the first screen of a failed gate, the menu entry that opens the board."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from include.demo.run import NO_CLOCK
from include.demo.stack import Stack, free_port
from include.home import Home
from include.settings import Settings
from include.watch.board import write_board
from tests.unit.quality_file import NIGHT as BOARD_NIGHT
from tests.unit.quality_file import three_counties

pytestmark = [pytest.mark.full, pytest.mark.long]

NIGHT, HEIGHT = "2026-11-22", 950
SETTINGS = {**NO_CLOCK, "TARGETED_BATCHES": "1"}
"""Airflow's clock would begin a night of its own at 22:00 in Shanghai, and write its board over this one."""
USER = "engineer"
PATIENCE = 60_000
"""Milliseconds that a page may take on a busy machine."""


@dataclass
class Stopped:
    """A running Airflow on whose last night the gate of the submissions has failed, and its UI in a browser."""

    stack: Stack
    page: Page
    run_id: str
    shots: Path


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stopped]:
    """A board is there; of the night that is played every inbox folder is gone, so that the gate knows no account."""
    folder = tmp_path_factory.mktemp("ui")
    home = Home(folder / "home")
    three_counties().write(home.published)
    write_board(home, Settings(home=home.root), BOARD_NIGHT)
    with (
        Stack(home.root, free_port(18600), print, SETTINGS) as stack,
        sync_playwright() as playwright,
    ):
        body = {"partition_key": NIGHT, "logical_date": None}
        run = stack.api.send("POST", "/dags/receive_submissions/dagRuns", body)["dag_run_id"]
        gate = f"/dags/receive_submissions/dagRuns/{run}/taskInstances/gate_submissions"
        while stack.api.get(gate)["state"] not in ("failed", "success"):
            stack.check()
            time.sleep(2)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1400, "height": HEIGHT}, locale="en-GB")
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(stack.url)
        page.fill("input[name=username]", USER)
        page.fill("input[name=password]", json.loads(stack.passwords.read_text())[USER])
        page.click("button[type=submit]")
        expect(page.get_by_role("link", name="Dags").first).to_be_visible(timeout=PATIENCE)
        yield Stopped(stack, page, run, folder)
        browser.close()


def test_the_dags_are_listed(stopped: Stopped) -> None:
    page = stopped.page
    page.goto(f"{stopped.stack.url}/dags")
    for dag in (
        "receive_submissions",
        "build_marts",
        "county_letters",
        "release_county",
        "housekeeping",
        "morning",
        "freshness",
    ):
        expect(page.get_by_role("link", name=dag, exact=True).first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=stopped.shots / "dags.png")


def test_a_failed_gates_first_screen_says_what_where_and_what_to_do(stopped: Stopped) -> None:
    page = stopped.page
    page.goto(f"{stopped.stack.url}/dags/receive_submissions/runs/{stopped.run_id}/tasks/gate_submissions")
    headline = page.get_by_text(f"Gate submissions failed on {NIGHT}").first
    expect(headline).to_be_visible(timeout=PATIENCE)
    text = page.inner_text("body")
    for words in ("submissions-accounts-known", "to do: ", "docs/runbooks/gate-submissions.md", "/morning/board/"):
        assert words in text, words
    box = headline.bounding_box()
    assert box is not None and box["y"] < HEIGHT, "it is on the first screen, without scrolling"
    page.screenshot(path=stopped.shots / "failed-gate.png")


def test_the_menu_entry_opens_the_board_and_nobody_else_gets_it(stopped: Stopped) -> None:
    page = stopped.page
    page.goto(f"{stopped.stack.url}/dags")
    page.get_by_text("看板 Board").first.click()
    page.wait_for_url(f"{stopped.stack.url}/plugin/board")
    board = page.frame_locator("iframe")
    expect(board.get_by_role("heading", name="Who should act", exact=True)).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=stopped.shots / "board.png")
    board.locator("a[href*='offices/']").first.click()
    expect(board.locator("body")).to_contain_text("Reporting history", timeout=PATIENCE)
    page.screenshot(path=stopped.shots / "office.png")
    for path in ("keys/person_hmac.key", "board/../keys/landing.recipient", "outbox/", "lake/", "board/nothing.html"):
        assert page.request.get(f"{stopped.stack.url}/morning/{path}").status == 404, path
    assert page.context.browser is not None
    stranger = page.context.browser.new_context()
    for path in ("board/index.html", "board/nothing.html"):
        assert stranger.request.get(f"{stopped.stack.url}/morning/{path}").status == 401, path
    stranger.close()


def test_the_backfill_form_takes_the_missed_nights_as_the_runbook_says(stopped: Stopped) -> None:
    """docs/runbooks/missed-nights.md, click by click, up to the button; tests/full/test_backfill_... plays the runs."""
    page, asked = stopped.page, list[str]()
    page.on("request", lambda request: asked.append(request.post_data or "") if "dry_run" in request.url else None)
    page.goto(f"{stopped.stack.url}/dags/receive_submissions")
    page.get_by_text(re.compile(r"^[+-]\d\d:00$")).first.click()
    page.get_by_role("dialog").locator("input").first.fill("UTC")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Trigger").first.click()
    page.get_by_text("Run this Dag for a range of dates").click()
    for day, at in (("2026/11/19", "00:00"), ("2026/11/21", "23:59")):
        page.get_by_text("Select date and time").first.click()
        page.get_by_placeholder("YYYY/MM/DD").fill(day)
        page.get_by_placeholder("HH:mm").fill(at)
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
    expect(page.get_by_text("3 runs will be triggered.")).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=stopped.shots / "backfill.png")
    body = json.loads(asked[-1])
    assert body["from_date"] == "2026-11-19T00:00:00.000Z"
    assert body["to_date"].startswith("2026-11-21T23:59")
    assert (body["max_active_runs"], body["run_backwards"], body["reprocess_behavior"]) == (1, False, "none")
