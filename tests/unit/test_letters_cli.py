"""`targeted docs build` and `targeted templates` write what they say, through the command line that people use."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from include.cli import app
from include.contract import contracts

ROOT = Path(__file__).resolve().parents[2]


def test_docs_build_gives_the_committed_documents(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["docs", "build", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    written = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.md"))
    assert written == ["county-guide/en.md", "county-guide/zh.md", "data-dictionary.md"]
    for name in written:
        assert (tmp_path / name).read_bytes() == (ROOT / "docs" / name).read_bytes(), "run `targeted docs build`"


def test_templates_are_written_where_asked(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["templates", "--out", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert names == {"manifest.json", *(f"{d}.{ending}" for d in contracts() for ending in ("csv", "xlsx"))}
