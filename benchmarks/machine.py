"""What a measurement was made on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

from include.settings import Settings


def machine(settings: Settings) -> str:
    """One line: cores, memory, system, versions, and the limits that are set."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    limits = [
        f"TARGETED_{name.upper()}={value}"
        for name in ("threads", "memory_limit")
        if (value := getattr(settings, name)) is not None
    ]
    parts = [
        f"{len(os.sched_getaffinity(0))} cores ({platform.machine()})",
        f"{memory:.0f} GiB of memory",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in ("duckdb", "dbt-core", "great-expectations")),
        *limits,
    ]
    return ", ".join(parts)
