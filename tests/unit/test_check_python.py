"""The Python that `make` is given is looked at before anything is downloaded with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scripts.check_python import PROJECT, bounds, refusal

REPOSITORY = PROJECT.parent
TEXT = PROJECT.read_text(encoding="utf-8")


def test_the_bounds_are_those_that_pip_goes_by() -> None:
    (first, beyond) = bounds(TEXT)
    stated = tomllib.loads(TEXT)["project"]["requires-python"]
    assert stated == f">={first[0]}.{first[1]},<{beyond[0]}.{beyond[1]}"
    with pytest.raises(ValueError, match="requires-python"):
        bounds('requires-python = "~=3.11"\n')


@pytest.mark.parametrize("version", [(3, 9), (3, 10), (3, 13), (4, 0)])
def test_another_python_is_refused_by_name_with_what_to_type(version: tuple[int, int]) -> None:
    said = refusal('requires-python = ">=3.11,<3.13"\n', version)
    assert said
    assert f"Python {version[0]}.{version[1]}," in said
    assert "`make PYTHON=python3.11 run`" in said


@pytest.mark.parametrize("version", [(3, 11), (3, 12)])
def test_a_python_within_the_bounds_is_taken(version: tuple[int, int]) -> None:
    assert refusal('requires-python = ">=3.11,<3.13"\n', version) is None


@pytest.mark.parametrize("target", ["setup", "wheelhouse"])
def test_make_stops_before_it_makes_or_downloads_anything(tmp_path: Path, target: str) -> None:
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    (tmp_path / "scripts").mkdir()
    shutil.copy(REPOSITORY / "scripts" / "check_python.py", tmp_path / "scripts")
    (tmp_path / "requirements.lock").write_text("")
    (tmp_path / "pyproject.toml").write_text('requires-python = ">=3.0,<3.1"\n')
    command = ["make", f"PYTHON={sys.executable}", target]
    done = subprocess.run(
        command, check=False, cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True
    )
    assert done.returncode
    assert "make PYTHON=python3.0 run" in done.stderr
    assert not (tmp_path / ".venv").exists()
    assert not (tmp_path / "wheelhouse").exists()
