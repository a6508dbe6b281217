"""Each check of the doctor, both ways: what is wrong is named with a way to mend it, what is right is not spoken of."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from include.cli import app
from include.home import Home
from include.key_state import claim_lake
from include.keys import append_secret, ensure_keys, hmac_key_file, identity_file, recipient_file
from include.settings import Settings
from include.upkeep.doctor import Finding, airflow, examine, keys, machine, state
from include.upkeep.last_backup import LastBackup, record_backup

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FERNET = "b" * 43 + "="
JWT = "0123456789abcdef" * 4
DEPLOYED = {"AIRFLOW__CORE__FERNET_KEY": FERNET, "AIRFLOW__API_AUTH__JWT_SECRET": JWT}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A state as the first nights leave it: keys, a ledger, published files; its landing's identity is away."""
    made = Home(tmp_path / "home")
    ensure_keys(made, settings_of(made))
    claim_lake(made, settings_of(made))
    identity_file(made).unlink()
    for path in (
        made.lake / "attempts/night=2026-11-22/0-of-1.parquet",
        made.landing / "night=2026-11-22/a.zip.age",
        made.published / "marts-2026-11-22-1.duckdb",
        made.warehouse,
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (made.published / "marts.duckdb").symlink_to("marts-2026-11-22-1.duckdb")
    record_backup(made, LastBackup(tmp_path / "backups/2026-11-22", NOW - timedelta(hours=5)))
    return made


def settings_of(home: Home) -> Settings:
    return Settings(home=home.root, alert_urls="json://127.0.0.1/alerts")


def examined(home: Home) -> list[Finding]:
    return examine(home, settings_of(home), DEPLOYED, NOW)


def test_a_state_in_order_is_not_spoken_of(home: Home) -> None:
    assert examined(home) == []


def test_nothing_is_unsafe_before_the_first_night(tmp_path: Path) -> None:
    home = Home(tmp_path / "none")
    assert examined(home) == []
    assert not home.root.exists(), "the doctor makes nothing"


def open_key(home: Home) -> None:
    hmac_key_file(home).chmod(0o640)


def open_keys_folder(home: Home) -> None:
    home.keys.chmod(0o755)


def no_secret(home: Home) -> None:
    hmac_key_file(home).unlink()


def short_secret(home: Home) -> None:
    hmac_key_file(home).write_text("ab" * 16)


def another_secret(home: Home) -> None:
    hmac_key_file(home).write_text("ab" * 32)


def begun_rotation(home: Home) -> None:
    append_secret(home)


def dead_rotation(home: Home) -> None:
    home.rekeying.mkdir()


def lost_stamp(home: Home) -> None:
    append_secret(home)
    home.person_key_stamp.unlink()
    rows = home.lake / "read/persons/night=2026-11-22/0-of-1.parquet"
    rows.parent.mkdir(parents=True)
    rows.touch()


def no_recipient(home: Home) -> None:
    recipient_file(home).unlink()


def identity_here(home: Home) -> None:
    identity_file(home).touch(mode=0o600)


def open_state(home: Home) -> None:
    home.root.chmod(0o755)
    home.published.chmod(0o755)
    home.lake.chmod(0o750)


def dead_link(home: Home) -> None:
    (home.published / "marts-2026-11-22-1.duckdb").unlink()


def warehouse_log(home: Home) -> None:
    home.warehouse.with_name("warehouse.duckdb.wal").touch()


def dead_candidate(home: Home) -> None:
    (home.published / ".candidate").mkdir()
    (home.published / ".candidate/quality-candidate.duckdb").touch()


def old_backup(home: Home) -> None:
    record_backup(home, LastBackup(Path("/mnt/backups/2026-11-19"), NOW - timedelta(days=4)))


def no_backup(home: Home) -> None:
    (home.root / "last_backup.json").unlink()


def a_night_ahead(home: Home) -> None:
    (home.lake / "attempts/night=2026-12-24").mkdir()
    (home.lake / "attempts/night=2026-12-24/0-of-1.parquet").touch()


def open_airflow(home: Home) -> None:
    (home.root / "airflow").mkdir()
    (home.root / "airflow/passwords.json").touch(mode=0o644)
    (home.root / "airflow/passwords.json").chmod(0o644)


@pytest.mark.parametrize(
    ("harm", "check", "level", "where", "told"),
    [
        (open_key, "key-permissions", "unsafe", "keys/person_hmac.key", "640"),
        (open_keys_folder, "key-permissions", "unsafe", "keys", "755"),
        (no_secret, "key-secrets", "unsafe", "keys/person_hmac.key", "cannot be read"),
        (short_secret, "key-secrets", "unsafe", "keys/person_hmac.key", "32 bytes"),
        (another_secret, "key-version", "unsafe", "lake/person_key.json", "did not make"),
        (begun_rotation, "key-version", "unsafe", "lake/person_key.json", "version 2"),
        (dead_rotation, "key-version", "unsafe", "lake/person_key.json", "not over"),
        (lost_stamp, "key-version", "unsafe", "lake/person_key.json", "is gone"),
        (no_recipient, "landing-recipient", "unsafe", "keys/landing.recipient", "gone"),
        (identity_here, "landing-identity", "warning", "escrow/landing.identity", "private key"),
        (open_state, "state-permissions", "unsafe", "", "published"),
        (dead_link, "published-links", "unsafe", "published/marts.duckdb", "marts-2026-11-22-1.duckdb"),
        (warehouse_log, "left-overs", "warning", "warehouse/warehouse.duckdb.wal", "killed"),
        (dead_candidate, "left-overs", "warning", "published/.candidate/quality-candidate.duckdb", "killed"),
        (old_backup, "last-backup", "warning", "/mnt/backups/2026-11-19", "4 days"),
        (no_backup, "last-backup", "warning", "", "no backup"),
        (a_night_ahead, "clock", "warning", "the machine's clock", "2026-12-24"),
        (open_airflow, "airflow-permissions", "unsafe", "airflow/passwords.json", "644"),
    ],
)
def test_what_is_wrong_in_a_state_is_the_one_thing_that_is_told(
    home: Home, harm: Callable[[Home], None], check: str, level: str, where: str, told: str
) -> None:
    harm(home)
    [found] = examined(home)
    assert (found.check, found.level) == (check, level)
    assert found.where == where if where.startswith(("/", "the ")) else Path(found.where) == home.root / where
    assert told in f"{found.what} {found.why}"
    assert found.mend


def test_an_open_state_names_the_rooms_that_are_open(home: Home) -> None:
    open_state(home)
    [found] = state.permissions(home)
    assert "published" in found.what
    assert "lake" not in found.what
    home.root.chmod(0o750)
    assert state.permissions(home) == []


def test_a_mounted_secret_that_all_may_read_is_a_warning(home: Home, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(hmac_key_file(home).read_text())
    hmac_key_file(home).unlink()
    settings = Settings(home=home.root, person_hmac_key_file=secret)
    secret.chmod(0o444)
    [found] = keys.permissions(home, settings)
    assert (found.level, found.where) == ("warning", str(secret))
    secret.chmod(0o400)
    assert keys.permissions(home, settings) == keys.secrets(home, settings) == keys.version(home, settings) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"AIRFLOW__CORE__FERNET_KEY": ""}, "fernet key is not set"),
        ({"AIRFLOW__CORE__FERNET_KEY": "abc"}, "fernet key is no fernet key"),
        ({"AIRFLOW__API_AUTH__JWT_SECRET": ""}, "JWT secret is not set"),
        ({"AIRFLOW__API_AUTH__JWT_SECRET": "airflow_jwt_secret"}, "JWT secret is one that everybody knows"),
        ({"AIRFLOW__API_AUTH__JWT_SECRET": "a-weak-one"}, "JWT secret is shorter than 32 bytes"),
        ({"AIRFLOW__API_AUTH__JWT_SECRET": FERNET}, "JWT secret is the same as another secret"),
    ],
)
def test_weak_secrets_of_airflow_are_named_and_never_shown(changed: dict[str, str], told: str) -> None:
    [found] = airflow.secrets(DEPLOYED | changed)
    assert told in found.what
    assert found.level == "unsafe"
    assert next(iter(changed)) in found.mend
    value = next(iter(changed.values()))
    assert not value or value not in str(found)


def test_secrets_of_airflow_may_come_from_elsewhere(tmp_path: Path) -> None:
    assert airflow.secrets({}) == [], "no Airflow here"
    stored = {"AIRFLOW__CORE__FERNET_KEY_CMD": "read-it", "AIRFLOW__API_AUTH__JWT_SECRET_SECRET": "path"}
    assert airflow.secrets(stored) == []
    (tmp_path / "airflow.cfg").write_text(f"[core]\nfernet_key = {FERNET}\n[api_auth]\njwt_secret = {JWT}\n")
    assert airflow.secrets({"AIRFLOW_HOME": str(tmp_path)}) == []
    assert len(airflow.secrets({"AIRFLOW_HOME": str(tmp_path / "none")})) == 2


def test_alerts_that_go_nowhere_are_told() -> None:
    [found] = machine.alert_routes(Settings(alert_urls="  "))
    assert (found.level, found.where) == ("warning", "TARGETED_ALERT_URLS")
    assert machine.alert_routes(Settings(alert_urls="json://127.0.0.1/alerts")) == []


def test_other_versions_than_the_lock_s_are_told(tmp_path: Path) -> None:
    found = machine.installed()
    assert machine.LOCK.exists()
    assert set(found) == set(machine.LOCKED)
    assert machine.versions(machine.LOCK, found) == []
    [older] = machine.versions(machine.LOCK, found | {"duckdb": "1.0.0"})
    assert "duckdb is 1.0.0" in older.what
    [gone] = machine.versions(machine.LOCK, {name: told for name, told in found.items() if name != "dbt-core"})
    assert "dbt-core is not installed" in gone.what
    assert machine.versions(tmp_path / "none.lock", {}) == []


def test_missing_time_zone_data_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.time_zone() == []
    monkeypatch.setattr(machine, "TIMEZONE", "Asia/Nowhere")
    [found] = machine.time_zone()
    assert "tzdata" in found.mend


def test_what_cannot_be_looked_at_is_a_finding(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Home) -> list[Finding]:
        raise PermissionError(13, "Permission denied", "/closed")

    monkeypatch.setattr(state, "links", refuse)
    [found] = examined(home)
    assert (found.check, found.level, found.where) == ("published-links", "unsafe", "/closed")


def test_the_command_ends_with_1_when_anything_is_unsafe_and_records_backups(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGETED_HOME", str(home.root))
    monkeypatch.setenv("TARGETED_ALERT_URLS", "json://127.0.0.1/alerts")
    for name in [name for name in os.environ if name.startswith("AIRFLOW_")]:  # other tests start an Airflow
        monkeypatch.delenv(name)
    no_backup(home)
    identity_here(home)
    warned = CliRunner().invoke(app, ["doctor"])
    assert warned.exit_code == 0
    assert "warning landing-identity" in warned.output
    assert "warning last-backup" in warned.output
    assert CliRunner().invoke(app, ["backup", "--to", str(tmp_path / "backups")]).exit_code == 0
    identity_file(home).unlink()
    assert "last-backup" not in CliRunner().invoke(app, ["doctor"]).output
    open_key(home)
    told = CliRunner().invoke(app, ["doctor"])
    assert told.exit_code == 1
    assert f"chmod 600 {hmac_key_file(home)}" in told.output
    assert "1 unsafe" in told.output
