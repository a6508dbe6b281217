"""Stands for dbt's adapter while sqlfluff renders a model: a dispatched macro becomes a call of the same name."""

from __future__ import annotations

from collections.abc import Callable


def dispatch(name: str) -> Callable[..., str]:
    """What the engine's macro would write, as a plain function call."""
    return lambda *arguments: f"{name}({', '.join(str(argument) for argument in arguments)})"
