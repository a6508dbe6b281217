"""Settings from the environment, prefix TARGETED_; every one has a default that is safe on a laptop."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set. Thresholds are not settings: they are dated rows of the seed standards.csv."""

    model_config = SettingsConfigDict(env_prefix="TARGETED_", env_ignore_empty=True)

    home: Path = Path("var")
    """Folder that holds all state."""
    inbox_url: str = ""
    """Where offices deliver when not into the local folder: the address of their accounts on a server, as an Airflow
    object storage path. sftp://CONNECTION@/folder or s3://CONNECTION@bucket/prefix, in which CONNECTION is an Airflow
    connection and holds user, password and keys; or file:///mounted/share. Below it <submitter>/inbox and
    <submitter>/outbox. Empty: the local folder alone."""
    batches: int = 4
    """Into how many batches the submitters of a night are split: 32 to 64 for a nation, 4 for a demo."""
    threads: int | None = None
    """DuckDB threads; None leaves DuckDB's own choice (all cores)."""
    upload_quiet_minutes: int = 30
    """A package without its manifest or with a file cut short, in which something changed within this time of the look
    into the inbox, is still being uploaded: it is left to lie. Longer than the longest pause of a slow line."""
    memory_limit: str | None = None
    """DuckDB memory limit such as "8GB"; None leaves DuckDB's own choice (80 % of memory)."""
    person_hmac_key: SecretStr | None = None
    """Secrets behind the person key, in hex with white space between them, the first version first; from a secrets
    store. None takes person_hmac_key_file."""
    person_hmac_key_file: Path | None = None
    """File with the same, such as a mounted secret; None takes keys/person_hmac.key, made on the first night."""
    alert_urls: str = ""
    """Where alerts go: apprise URLs separated by white space (mailto://, json://, wecombot://, ...)."""
    alert_quiet_hours: str = ""
    """Hours in Asia/Shanghai in which only a trouble that opens or gets worse is told, such as 22:00-07:00; what waits
    goes out with the DAG `morning`. Empty: everything is told at once."""
    contact: str = "省级数据管理员 (the province's data officer)"
    """Whom a letter names for questions: an office and how to reach it, never a person's private number."""
    retention_rules: Path = Path(__file__).resolve().parents[1] / "dbt_project" / "seeds" / "retention.csv"
    """Table of what is kept for how long."""
    parsed_project: Path | None = None
    """Folder in which several state folders on one machine share what dbt parsed of the project: each further one
    starts its first build some seconds sooner. None shares nothing."""
    ui_url: str = "http://127.0.0.1:8080"
    """Address of the Airflow UI, for links in alerts."""
    space_per_inbox_byte: float = 3
    """Free bytes asked for before receive, for each byte in the inbox: archive, rows read and accepted, findings."""
    space_per_lake_byte: float = 3
    """Free bytes asked for before the build, for each byte of the lake; decides where the warehouse is new or small."""
    space_per_warehouse_byte: float = 1
    """Free bytes asked for before the build, for each byte of the warehouse: tables are written beside the old ones."""
    space_per_published_byte: float = 1.5
    """Free bytes asked for before publish, for each byte of the files that readers get now."""
    space_reserve_mb: int = 256
    """Megabytes asked for on top, before each of them: logs, spilled sorts, letters, the memory of the alerts."""
