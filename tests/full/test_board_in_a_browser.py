"""The board in real Chromium: clicked through as a reader does, at two widths, in both languages, with an axe check."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import PlayedCountry

pytestmark = pytest.mark.full

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WIDTHS = pytest.mark.parametrize("width", [DESKTOP, PHONE], ids=["desktop", "phone"])
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])
PAGES = (
    "index.html", "find.html", "rules.html", "zones.html", "responsibility.html", "dictionary.html",
    "provinces/51.html", "offices/513437.html", "offices/510000.html",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium: nothing is downloaded."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


class Reader:
    """A tab that remembers what went wrong in it and what it asked of the network."""

    def __init__(self, browser: Browser, board: Path, width: dict[str, int], language: str) -> None:
        self.board = board
        self.context = browser.new_context(viewport=width, locale="zh-CN" if language == "zh" else "en-GB")
        self.page: Page = self.context.new_page()
        self.troubles: list[str] = []
        self.page.on("console", lambda message: self.troubles.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("requestfailed", lambda request: self.troubles.append(f"failed: {request.url}"))

    def _asked(self, url: str) -> None:
        if not url.startswith("file://"):
            self.troubles.append(f"outside: {url}")

    def open(self, path: str) -> Page:
        self.page.goto((self.board / path).as_uri())
        return self.page

    def at(self) -> str:
        """The file it is at, without the language in the address."""
        return self.page.url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def reader(browser: Browser, played_country: PlayedCountry, width: dict[str, int], language: str) -> Iterator[Reader]:
    reader = Reader(browser, played_country.home.board, width, language)
    yield reader
    reader.context.close()
    assert reader.troubles == []


@WIDTHS
@LANGUAGES
def test_from_tonight_to_a_letter_and_back(reader: Reader, language: str) -> None:
    page = reader.open("index.html")
    heading = {"zh": "谁该做什么", "en": "Who should act"}[language]
    assert page.get_by_role("heading", name=heading, exact=True).is_visible(), "the browser's language is chosen"
    page.locator("svg.map a[aria-label^='Sichuan']").click()
    assert reader.at() == "51.html"
    page.get_by_role("link", name="雷波县", exact=True).click()
    assert reader.at() == "513437.html"
    page.get_by_role("link", name={"zh": "打开当夜的通知书", "en": "Open the night's letter"}[language]).click()
    assert reader.at() == "letter.html" and "雷波县" in page.inner_text("body")
    page.go_back()
    page.go_back()
    page.go_back()
    assert reader.at() == "index.html"
    assert page.get_by_role("heading", name=heading, exact=True).is_visible()


@WIDTHS
@LANGUAGES
def test_every_kind_of_page_passes_axe_and_fits_its_width(reader: Reader, width: dict[str, int]) -> None:
    for path in PAGES:
        page = reader.open(path)
        found = Axe().run(page).response["violations"]
        assert [(path, each["id"], each["nodes"][0]["html"]) for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width["width"], path


@pytest.mark.parametrize("width", [DESKTOP])
@pytest.mark.parametrize("language", ["zh"])
def test_the_chosen_language_stays_from_page_to_page_and_the_keyboard_is_enough(reader: Reader) -> None:
    page = reader.open("index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip", "the first stop skips the head of the page"
    page.get_by_role("button", name="English").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("heading", name="Who should act").is_visible()
    assert not page.get_by_text("谁该做什么").is_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.evaluate("localStorage.clear()")  # a browser that keeps nothing between files: the address carries it
    page.locator("svg.map a[aria-label^='Qinghai']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/63.html*")
    assert page.get_by_role("heading", name="Qinghai").is_visible()
    page.get_by_role("navigation").get_by_role("link", name="Offices").click()
    page.get_by_label("Find by name or code").fill("513437")
    assert page.locator(".list li:visible").count() == 1


@pytest.mark.parametrize("width", [PHONE])
@pytest.mark.parametrize("language", ["en"])
def test_what_is_wrong_and_who_should_act_is_on_the_first_screens_of_a_phone(reader: Reader) -> None:
    page = reader.open("index.html")
    assert page.get_by_text("Not a national picture:").is_visible()
    last = page.locator(".acts > li").last.bounding_box()
    assert last is not None and last["y"] + last["height"] < 2 * PHONE["height"]


def test_without_a_script_both_languages_are_there(browser: Browser, played_country: PlayedCountry) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((played_country.home.board / "index.html").as_uri())
    assert page.get_by_text("谁该做什么").is_visible() and page.get_by_text("Who should act").is_visible()
    assert not page.get_by_role("button", name="English").is_visible()
    context.close()


def test_every_page_is_light(played_country: PlayedCountry) -> None:
    pages = list(played_country.home.board.rglob("*.html"))
    assert len(pages) > 40
    assert max(page.stat().st_size for page in pages) < 2_000_000
