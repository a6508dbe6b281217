"""A page as a browser would take it: text, tables, tags, and every address it would load."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path


class Page(HTMLParser):
    """The text of a page, its tables as rows of cells, its tags, and every address it would load."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text = ""
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self.loads: list[str] = []
        self._cell = False
        self._style = False
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "data", "action", "onclick")]
        self._style = tag in ("style", "script")
        if tag == "tr":
            self.rows.append([])
        self._cell = tag in ("td", "th") or (self._cell and tag not in ("tr", "i", "small"))
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._style = False
        if tag in ("td", "th", "tr", "table"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        if self._style:
            return
        self.text += data
        if self._cell and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()

    def numbers(self, first: str) -> list[int]:
        """The numbers of the table row whose first cell is `first`."""
        row = next(row for row in self.rows if row and row[0] == first)
        return [int(cell.replace(",", "")) for cell in row[1:]]
