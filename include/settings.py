"""Settings from the environment, prefix TARGETED_; every one has a default that is safe on a laptop."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set. Thresholds are not settings: they are dated rows of the seed standards.csv."""

    model_config = SettingsConfigDict(env_prefix="TARGETED_")

    home: Path = Path("var")
    """Folder that holds all state."""
    batches: int = 4
    """Into how many batches the submitters of a night are split: 32 to 64 for a nation, 4 for a demo."""
    threads: int | None = None
    """DuckDB threads; None leaves DuckDB's own choice (all cores)."""
    upload_quiet_minutes: int = 30
    """A package without its manifest or with a file cut short, in which something changed within this time of the look
    into the inbox, is still being uploaded: it is left to lie. Longer than the longest pause of a slow line."""
    memory_limit: str | None = None
    """DuckDB memory limit such as "8GB"; None leaves DuckDB's own choice (80 % of memory)."""
    alert_urls: str = ""
    """Where alerts go: apprise URLs separated by white space (mailto://, json://, wecombot://, ...)."""
    contact: str = "省级数据管理员 (the province's data officer)"
    """Whom a letter names for questions: an office and how to reach it, never a person's private number."""
    retain_published: int = 14
    """How many published versions of each file are kept."""
    ui_url: str = "http://127.0.0.1:8080"
    """Address of the Airflow UI, for links in alerts."""
