"""`python -m include.demo.cookbook`: plays the cookbook's country in a folder of its own and writes the answers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from include import night as steps
from include.country.make import make_country
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from include.warehouse.cookbook import write_answers

COUNTRY: dict[str, Any] = {
    "counties": 12, "households": 2_400, "nights": 2, "seed": 7, "faults": "standard", "holes": "standard",
}  # fmt: skip
"""The SYNTHETIC country that the answers are of; the tests play the same one."""

NIGHTS = (date(2026, 11, 20), date(2026, 11, 21))
_DOCS = Path(__file__).resolve().parents[2] / "docs"
DOCUMENTS = (_DOCS / "cookbook.md", _DOCS / "cookbook-duty.md")


def main() -> None:
    """Make the country, run its nights, write the answers into the cookbooks."""
    with TemporaryDirectory(prefix="cookbook-") as folder:
        country, home = Path(folder) / "country", Home(Path(folder) / "home")
        settings = Settings(home=home.root)
        make_country(country, **COUNTRY)
        for night in NIGHTS:
            deliver(country, home, night)
            steps.run(home, settings, night, print)
        for document in DOCUMENTS:
            answers = write_answers(document, home.published / "marts.duckdb")
            print(f"wrote {answers} answers to {document}")


if __name__ == "__main__":
    main()
