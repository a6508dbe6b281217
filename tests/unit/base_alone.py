"""Runs the command line as on a clerk's machine: only what `dependencies` of pyproject.toml brings can be imported.

Besides, what Windows lacks is gone: fcntl, and flags to open files that only other systems have.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def brought_by(wanted: list[str]) -> set[str]:
    """Distributions that these requirements bring, and all that those need; extras and other systems left out."""
    found: set[str] = set()
    while wanted:
        text = wanted.pop()
        name = normal(re.match(r"[A-Za-z0-9._-]+", text)[0])  # type: ignore[index]
        if name in found or "extra ==" in text:
            continue
        try:
            wanted += requires(name) or []
        except PackageNotFoundError:
            continue
        found.add(name)
    return found


class Lacks(MetaPathFinder):
    """Knows none of the modules that are here only because the centre needs them."""

    def __init__(self, modules: set[str]) -> None:
        self.modules = modules

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if path is None and fullname in self.modules:
            raise ModuleNotFoundError(f"{fullname} is not on a clerk's machine", name=fullname)
        return None


def main() -> None:
    base = brought_by(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"])
    lacking = {
        module
        for module, distributions in packages_distributions().items()
        if not {normal(name) for name in distributions} & base and module not in ("include", "expectations")
    }
    heavy = ("airflow", "dbt", "great_expectations")
    assert lacking.issuperset(heavy)
    print(f"not for a clerk's machine: {', '.join(heavy)}", file=sys.stderr)
    sys.meta_path.insert(0, Lacks(lacking))
    sys.modules["fcntl"] = None  # type: ignore[assignment]
    for flag in ("O_DIRECTORY", "O_NOFOLLOW"):
        delattr(os, flag)
    from include.cli import main as command

    command()


if __name__ == "__main__":
    main()
