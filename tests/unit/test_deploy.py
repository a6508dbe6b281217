"""The deployment's secrets and passwords, and the search for personal values that the rehearsal relies on."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import duckdb
import pytest
import yaml
from cryptography.fernet import Fernet

from include.demo.secrets import USERS
from include.demo.stack import free_port
from include.deploy import ask, health
from include.deploy.passwords import MORE, NAMED, PasswordMissing, password_variable, passwords, write_passwords
from include.deploy.personal import held, sent
from include.settings import Settings
from scripts.make_env import GENERATORS, filled

REPOSITORY = Path(__file__).resolve().parents[2]
COMPOSE = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
TEMPLATE = (REPOSITORY / ".env.example").read_text(encoding="utf-8")


def values(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if re.match("[A-Z]", line))


def make_env(folder: Path) -> str:
    command = [sys.executable, str(REPOSITORY / "scripts" / "make_env.py"), str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_every_secret_that_compose_wants_is_made_and_no_other() -> None:
    wanted = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE))
    assert wanted == set(values(TEMPLATE)) == set(GENERATORS)
    assert set(values(TEMPLATE).values()) == {""}, "the template holds a secret"
    assert {password_variable(user) for user in USERS} <= wanted


def test_every_setting_of_the_template_is_read_by_compose() -> None:
    offered = set(re.findall(r"(?m)^# ([A-Z_]+)=", TEMPLATE))
    assert offered == set(re.findall(r"\$\{([A-Z_]+):-", COMPOSE))


_NOT_PASSED_ON = {"parsed_project": "for several state folders on one machine; a deployment has one"}
"""Settings that no container is given, and why."""
_TOLD_ALERTS = {"alert_urls", "alert_quiet_hours", "ui_url"}
"""`upkeep` has no network to tell them over."""
_NEEDED = {
    "scheduler": set(Settings.model_fields),
    "worker": set(Settings.model_fields),
    "dag-processor": _TOLD_ALERTS | {"home"},
    "upkeep": set(Settings.model_fields) - _TOLD_ALERTS - {"inbox_url"},
}
"""Which settings a service works with: tasks run in the first, of a cluster in the second; the third tells alerts."""


@pytest.mark.parametrize("service", _NEEDED)
def test_every_setting_reaches_the_services_that_work_with_it(service: str) -> None:
    passed = yaml.safe_load(COMPOSE)["services"][service]["environment"]
    missing = {name for name in _NEEDED[service] - set(_NOT_PASSED_ON) if f"TARGETED_{name.upper()}" not in passed}
    assert not missing
    assert set(_NOT_PASSED_ON) <= set(Settings.model_fields)


def test_no_service_is_given_a_setting_that_nobody_reads() -> None:
    read = {f"TARGETED_{name.upper()}" for name in Settings.model_fields} | {"TARGETED_FIRST_NIGHT"}
    services = yaml.safe_load(COMPOSE)["services"].values()
    assert {name for service in services for name in service.get("environment", ()) if "TARGETED_" in name} <= read


def test_a_setting_left_empty_in_env_keeps_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in yaml.safe_load(COMPOSE)["services"]["scheduler"]["environment"].items():
        if str(value).endswith(":-}"):
            monkeypatch.setenv(name, "")
    empty = Settings()
    assert (empty.threads, empty.upload_quiet_minutes, empty.space_per_published_byte) == (None, 30, 1.5)
    assert empty.retention_rules.is_file()
    assert not empty.person_hmac_key_file


def test_the_users_of_the_ui_are_the_same_in_the_containers() -> None:
    (users,) = re.findall(r"SIMPLE_AUTH_MANAGER_USERS: \$\{AIRFLOW_USERS:-(\S+)\}", COMPOSE)
    assert dict(user.split(":") for user in users.split(",")) == USERS


def test_secrets_are_fresh_long_and_fit_where_they_stand() -> None:
    first, second = values(filled(TEMPLATE)), values(filled(TEMPLATE))
    assert all(first[name] != second[name] and len(first[name]) >= 24 for name in GENERATORS)
    assert all(re.fullmatch(r"[A-Za-z0-9_=-]+", value) for value in first.values())
    Fernet(first["AIRFLOW_FERNET_KEY"])


def test_env_is_for_its_owner_alone_and_never_written_over(tmp_path: Path) -> None:
    said = make_env(tmp_path)
    path = tmp_path / ".env"
    made = path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not any(value in said for value in values(made).values())
    assert "left as it is" in make_env(tmp_path)
    assert path.read_text(encoding="utf-8") == made


def test_an_env_of_an_earlier_release_gets_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    of_before = "# ours\nPOSTGRES_PASSWORD=kept\nTARGETED_BATCHES=8"
    path.write_text(of_before, encoding="utf-8")
    said = make_env(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"{of_before}\n")
    assert set(values(text)) == {*GENERATORS, "TARGETED_BATCHES"} and all(values(text).values())
    assert "REDIS_PASSWORD" in said and values(text)["REDIS_PASSWORD"] not in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and [*tmp_path.iterdir()] == [path]


def test_a_copied_template_is_filled_where_it_stands(tmp_path: Path) -> None:
    """With a setting that its owner wrote before the secrets were made."""
    path = tmp_path / ".env"
    path.write_text(TEMPLATE.replace("REDIS_PASSWORD=", 'REDIS_PASSWORD=""') + "TARGETED_BATCHES=8\n", encoding="utf-8")
    make_env(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert set(values(text)) == {*GENERATORS, "TARGETED_BATCHES"} and all(
        len(v) > 20 or v == "8" for v in values(text).values()
    )
    assert [line.partition("=")[0] for line in text.splitlines()[:-1]] == [
        line.partition("=")[0] for line in TEMPLATE.splitlines()
    ]
    assert "left as it is" in make_env(tmp_path)
    assert path.read_text(encoding="utf-8") == text


def test_a_database_password_that_was_emptied_is_not_made_anew(tmp_path: Path) -> None:
    """PostgreSQL's data may be there, and would open with the one that was lost alone."""
    path = tmp_path / ".env"
    emptied = "\n".join(f"{name}={'' if name == 'POSTGRES_PASSWORD' else 'kept'}" for name in GENERATORS) + "\n"
    path.write_text(emptied.replace("REDIS_PASSWORD=kept", "REDIS_PASSWORD="), encoding="utf-8")
    command = [sys.executable, str(REPOSITORY / "scripts" / "make_env.py"), str(tmp_path)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ran.returncode == 1 and "POSTGRES_PASSWORD" in ran.stderr and "write it back" in ran.stderr
    now = values(path.read_text(encoding="utf-8"))
    assert now["POSTGRES_PASSWORD"] == "" and len(now["REDIS_PASSWORD"]) > 20
    assert {now[name] for name in {*GENERATORS} - {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}} == {"kept"}


def test_passwords_come_from_the_environment_and_a_missing_one_is_named(tmp_path: Path) -> None:
    environment = {password_variable(user): f"secret of {user}" for user in USERS} | {
        NAMED: "engineer:admin,monitor:user"
    }
    path = tmp_path / "passwords.json"
    for _ in range(2):
        write_passwords(path, passwords(environment))
    assert json.loads(path.read_text(encoding="utf-8")) == {user: f"secret of {user}" for user in USERS}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(PasswordMissing, match="MONITOR_PASSWORD"):
        passwords(environment | {"MONITOR_PASSWORD": ""})


def test_a_person_who_decides_has_a_user_of_their_own() -> None:
    environment = {"ENGINEER_PASSWORD": "of the engineer", NAMED: "engineer:admin, zhang.wei:user"}
    assert passwords(environment | {MORE: "zhang.wei:hers,gone:old"}) == {
        "engineer": "of the engineer",
        "zhang.wei": "hers",
    }
    with pytest.raises(PasswordMissing, match=r"zhang\.wei in AIRFLOW_USER_PASSWORDS not set"):
        passwords(environment)


_PERSON_KEY = {"TARGETED_PERSON_HMAC_KEY", "TARGETED_PERSON_HMAC_KEY_FILE"}
_FOR_TASKS_ALONE = {*_PERSON_KEY, "AIRFLOW_CONN_OFFICES"}
"""Secrets of the night itself: the person key, and what opens the server that offices deliver to."""


def test_what_answers_the_network_has_neither_rows_nor_the_person_key() -> None:
    services = yaml.safe_load(COMPOSE)["services"]
    for name in ("api-server", "triggerer", "migrate", "postgres", "redis"):
        shown = [volume for volume in services[name].get("volumes", ()) if "/state" in volume]
        assert shown == (["board:/state/board:ro"] if name == "api-server" else []), name
        assert not _FOR_TASKS_ALONE & set(services[name]["environment"]), name
    assert _FOR_TASKS_ALONE.issubset(services["scheduler"]["environment"])
    assert "state:/state" in services["scheduler"]["volumes"]


def test_a_person_key_of_env_is_where_the_night_is_restored_rotated_and_deleted_from() -> None:
    services = yaml.safe_load(COMPOSE)["services"]
    holding = {name for name, service in services.items() if set(service.get("environment", ())) & _PERSON_KEY}
    assert holding == {"scheduler", "worker", "upkeep"}
    assert services["upkeep"]["network_mode"] == "none"


def test_a_worker_of_a_cluster_is_to_a_task_what_the_scheduler_is_on_one_host() -> None:
    services = yaml.safe_load(COMPOSE)["services"]
    assert {name for name, one in services.items() if one.get("profiles") == ["cluster"]} == {"redis", "worker"}
    worker, scheduler = services["worker"], services["scheduler"]
    for what in ("environment", "volumes", "networks", "image", "read_only", "cap_drop", "security_opt", "restart"):
        assert worker[what] == scheduler[what], what
    assert worker["environment"]["AIRFLOW__CORE__EXECUTOR"] == "${AIRFLOW_EXECUTOR:-LocalExecutor}"
    assert worker["depends_on"]["redis"] == {"condition": "service_healthy"}
    assert "--skip-serve-logs" in worker["command"] and "ports" not in worker
    assert not set(worker) & {"container_name", "hostname"}, "it could not be scaled"


def test_the_queue_of_a_cluster_is_reached_by_those_who_send_and_take_tasks_alone() -> None:
    deployed = yaml.safe_load(COMPOSE)
    services = deployed["services"]
    redis = services["redis"]
    assert {name for name, one in services.items() if "queue" in one.get("networks", ())} == {
        "redis", "scheduler", "worker",
    }  # fmt: skip
    assert redis["networks"] == ["queue"] and deployed["networks"]["queue"] == {"internal": True}
    assert not set(redis) & {"ports", "volumes"}
    assert {name for name, one in services.items() if "REDIS_PASSWORD" in str(one.get("environment"))} == {
        "redis", "scheduler", "worker",
    }  # fmt: skip
    assert redis["read_only"] and redis["cap_drop"] == ["ALL"] and not redis["user"].startswith("0")


def test_no_task_of_a_night_is_handed_out_twice_because_it_takes_long() -> None:
    from include.orchestration import PUBLISHED_WITHIN, RECEIVED_WITHIN

    environment = yaml.safe_load(COMPOSE)["services"]["worker"]["environment"]
    handed_out_again = int(environment["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"])
    assert handed_out_again > max(RECEIVED_WITHIN, PUBLISHED_WITHIN).total_seconds()


def test_the_key_to_the_offices_server_lies_where_nothing_answers_the_network() -> None:
    told = (REPOSITORY / "docs" / "deployment.md").read_text(encoding="utf-8")
    paths = {Path(path) for path in re.findall(r'"key_file": "([^"]+)"', told)}
    assert paths, "the documentation names no key_file"
    services = yaml.safe_load(COMPOSE)["services"]
    for name in ("api-server", "triggerer", "migrate", "postgres", "redis"):
        mounted = {volume.split(":")[1] for volume in services[name].get("volumes", ())}
        assert not [path for path in paths if mounted & {str(one) for one in path.parents}], name
    state = {volume.split(":")[1] for volume in services["scheduler"]["volumes"]}
    assert all(state & {str(one) for one in path.parents} for path in paths), "a task cannot read it"


def test_personal_values_are_found_as_words_and_numbers_of_their_own(tmp_path: Path) -> None:
    rows = "姓名,联系电话,证件号码,户编号\n王小明,13800000000,11010119900101123X,7\n"
    (tmp_path / "a.csv").write_bytes(rows.encode("gb18030"))
    (tmp_path / "b.csv").write_bytes(rows.replace("王小明", "李四").encode("utf-8-sig"))
    known = sent(tmp_path)
    assert known == {"王小明", "李四", "13800000000", "11010119900101123X"}
    assert held("log of 王小明, ('13800000000', 'x')", known) == {"王小明", "13800000000"}
    assert held("key=11010119900101123X", known) == {"11010119900101123X"}
    assert held("王小明月 113800000000 run 11010119900101123Xa", known) == set()


def test_a_build_is_given_what_the_dockerfile_copies_and_nothing_else() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    given = {line[1:] for line in lines if line.startswith("!")}
    dockerfile = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    copied = {name for names in re.findall(r"(?m)^COPY (?!--)(.+) \S+$", dockerfile) for name in names.split()}
    assert given == copied
    assert all((REPOSITORY / name).exists() for name in given - {"wheelhouse"})


@pytest.fixture
def airflow() -> Iterator[str]:
    """An API server that says of the scheduler that it is well, and of the triggerer that it is not."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/api/v2/monitor/health"
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"scheduler": {"status": "healthy"}, "triggerer": {"status": "unhealthy"}}')

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_component_is_healthy_only_when_airflow_says_so(airflow: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert health.main([airflow, "scheduler"]) == 0
    assert health.main([airflow, "triggerer"]) == 1
    assert health.main([airflow, "dag_processor"]) == 1
    assert health.main([f"http://127.0.0.1:{free_port(20_000)}", "scheduler"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == ["scheduler: healthy", "triggerer: unhealthy", "dag_processor: None"]
    assert "GET /api/v2/monitor/health" in said[3]


def test_an_analysts_question_is_answered_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "marts-2026-11-20-1.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table counties as select 513431 as code")
    (tmp_path / "marts.duckdb").symlink_to(path.name)
    assert ask.main([str(tmp_path / "marts.duckdb"), "select * from counties"]) == 0
    assert "513431" in capsys.readouterr().out
    assert ask.main([str(tmp_path / "marts.duckdb"), "drop table counties"]) == 1
    assert "read-only" in capsys.readouterr().err
    assert ask.main([str(path)]) == 2
