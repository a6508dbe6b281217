"""Refuses a Python that the project does not run on, before `make` downloads anything with it.

Runs on that very Python, so it uses nothing that an older one lacks, such as tomllib.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def bounds(project: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """The first Python the project runs on and the first it no longer runs on, from the text of pyproject.toml."""
    found = re.search(r'(?m)^requires-python = ">=(\d+)\.(\d+),<(\d+)\.(\d+)"$', project)
    if not found:
        raise ValueError(f'{PROJECT}: requires-python is not of the form ">=3.1,<3.2"')
    low, low_minor, high, high_minor = map(int, found.groups())
    return (low, low_minor), (high, high_minor)


def refusal(project: str, version: tuple[int, int]) -> str | None:
    """Why this version of Python will not do and what to type instead; None when it will."""
    first, beyond = bounds(project)
    if first <= version < beyond:
        return None
    wanted = f"python{first[0]}.{first[1]}"
    return (
        f"this is Python {version[0]}.{version[1]}, and the locked packages are for {first[0]}.{first[1]} up to, "
        f"not including, {beyond[0]}.{beyond[1]} (requires-python in pyproject.toml): "
        f"install {wanted} with its venv module, then `make PYTHON={wanted} run`"
    )


if __name__ == "__main__":
    sys.exit(refusal(PROJECT.read_text(encoding="utf-8"), (sys.version_info[0], sys.version_info[1])))
