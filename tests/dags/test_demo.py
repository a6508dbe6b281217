"""The local Airflow and the demonstration's folder: private, on loopback alone, and nothing of others touched."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from include.demo import api, run
from include.demo.secrets import USERS, ensure_secrets, password_file
from include.demo.stack import Stack, StackError, environment, free_port, is_running
from include.demo.state import MARKER, NotADemo, begin_afresh
from tests.dags.conftest import REPO


def test_a_new_home_is_marked_as_a_demonstration(tmp_path: Path) -> None:
    assert begin_afresh(tmp_path / "var") is None
    assert (tmp_path / "var" / MARKER).is_file()


def test_a_second_demonstration_moves_the_first_aside_and_the_third_replaces_it(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        previous = begin_afresh(tmp_path)
        (tmp_path / "lake").mkdir()
        (tmp_path / "lake" / "rows").write_text(str(number))
    assert previous == tmp_path / "previous"
    assert (previous / "lake" / "rows").read_text() == "2"
    assert not (previous / "previous").exists()
    assert (tmp_path / "lake" / "rows").read_text() == "3"


def test_a_home_that_no_demonstration_made_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "attempt").write_text("bytes")
    with pytest.raises(NotADemo, match="holds landing, which `make run` did not make"):
        begin_afresh(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["attempt", "landing"]


def test_an_airflow_that_ran_no_night_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "airflow").mkdir()
    (tmp_path / "airflow" / "airflow.db").write_text("made by make up")
    assert begin_afresh(tmp_path) is None
    assert (tmp_path / "airflow" / "airflow.db").is_file()


def test_scratch_that_the_suite_left_is_no_state(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    assert begin_afresh(tmp_path) is None
    assert (tmp_path / MARKER).is_file()


def test_make_run_says_why_it_does_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "published").mkdir()
    monkeypatch.setenv("TARGETED_HOME", str(tmp_path))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        assert run.main([]) == 2
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert "TARGETED_HOME=var-demo make run" in capsys.readouterr().err


def test_secrets_are_made_once_and_are_the_owners_alone(tmp_path: Path) -> None:
    first = ensure_secrets(tmp_path)
    assert ensure_secrets(tmp_path) == first
    assert len(set(first.values())) == len(first)
    made = [path for path in tmp_path.iterdir() if path.is_file()]
    assert len(made) == 4
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    passwords = json.loads(password_file(tmp_path).read_text())
    assert set(passwords) == set(USERS) == {"engineer", "monitor"}
    assert len(set(passwords.values())) == 2


def test_all_of_airflows_state_lies_under_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "SomeoneElsesExecutor")
    made = environment(tmp_path, 18100)
    assert made["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor", "settings of another Airflow do not leak in"
    assert made["AIRFLOW_HOME"] == str(tmp_path / "airflow")
    assert made["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == f"sqlite:///{tmp_path}/airflow/airflow.db"
    assert made["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert made["TARGETED_HOME"] == str(tmp_path)


def test_a_port_in_use_is_passed_over() -> None:
    base = free_port(18300)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", base))
        taken.listen()
        assert free_port(base) > base


def test_a_question_is_asked_again_when_the_server_stumbles_and_not_when_it_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([500, 503, 200, 404])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.answer(200, {"access_token": "one"})

        def do_GET(self) -> None:
            self.answer(next(answers), {"told": self.path})

        def answer(self, status: int, content: dict[str, str]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output quiet."""

    monkeypatch.setattr(api, "PAUSES", (0.0, 0.0, 0.0))
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        asked = api.Api(f"http://127.0.0.1:{server.server_port}", "engineer", "word")
        assert asked.get("/dags", limit=5) == {"told": "/api/v2/dags?limit=5"}
        with pytest.raises(api.ApiError, match="GET /api/v2/pools: 404"):
            asked.get("/pools")
    finally:
        server.shutdown()
        server.server_close()
    with pytest.raises(api.ApiError, match="Connection refused"):
        asked.get("/dags")


UP = """
import sys, time
from pathlib import Path
from include.demo.run import end_on_signals
from include.demo.stack import Stack, free_port

end_on_signals()
with Stack(Path(sys.argv[1]), free_port(18400), lambda text: print(text, flush=True)) as stack:
    print("UP", stack.api.base_url, flush=True)
    time.sleep(600)
"""
"""A demonstration's Airflow as a program of its own, which waits to be ended."""


def test_airflow_comes_up_on_loopback_alone_and_leaves_nothing_behind_when_it_is_ended(tmp_path: Path) -> None:
    asked = {**os.environ, **run.NO_CLOCK}
    with subprocess.Popen(
        [sys.executable, "-c", UP, str(tmp_path)], cwd=REPO, env=asked, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            url = next(line.split()[1] for line in process.stdout if line.startswith("UP "))
            family = psutil.Process(process.pid).children(recursive=True)
            assert len(family) >= 4
            listening = {
                connection.laddr.ip
                for child in family
                for connection in child.net_connections(kind="inet")
                if connection.status == psutil.CONN_LISTEN
            }
            assert listening == {"127.0.0.1"}
            passwords = json.loads(password_file(tmp_path / "airflow").read_text())
            asking = api.Api(url, "engineer", passwords["engineer"])
            assert {dag["dag_id"] for dag in asking.get("/dags")["dags"]} == {
                "receive_submissions", "build_marts", "county_letters", "release_county", "housekeeping", "morning",
                "freshness",
                "acknowledge",
            }  # fmt: skip
            assert asking.get("/pools/warehouse_writer")["slots"] == 1
            assert asking.get("/dags/~/dagRuns")["dag_runs"] == [], "the clock starts nothing before the first night"
            assert is_running(tmp_path)
            with pytest.raises(StackError, match="already running"), Stack(tmp_path, free_port(18500), print):
                pass
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
    assert not is_running(tmp_path)
    deadline = time.monotonic() + 10
    while alive := [child for child in family if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.2)
    logs = "".join(path.read_text(errors="replace") for path in (tmp_path / "airflow").rglob("*.log"))
    assert logs
    for password in passwords.values():
        assert password not in logs
