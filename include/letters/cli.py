"""Commands for what offices are given: `targeted docs build` and `targeted templates`. Mounted by include.cli."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

docs_app = typer.Typer(no_args_is_help=True, help="Generated documents: the county guide and the data dictionary.")

DOCS = Path(__file__).resolve().parents[2] / "docs"


@docs_app.command("build")
def docs_build(
    out: Annotated[Path, typer.Option(help="Folder of the documents.")] = DOCS,
) -> None:
    """Write county-guide/zh.md, county-guide/en.md and data-dictionary.md from contract, rules and marts."""
    from include.letters.guide import write_guide
    from include.warehouse.dictionary import write_dictionary

    for path in [*write_guide(out / "county-guide"), write_dictionary(out / "data-dictionary.md")]:
        typer.echo(f"wrote {path}")


def templates(
    out: Annotated[Path, typer.Option(help="Folder to write to; made when it is not there.")],
) -> None:
    """Write an empty template of each dataset (CSV and xlsx, Chinese headers) and an example manifest."""
    from include.contract.templates import write_templates

    written = write_templates(out)
    typer.echo(f"wrote {len(written)} files to {out}")
