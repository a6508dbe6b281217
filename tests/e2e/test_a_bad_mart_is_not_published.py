"""A mart that must not be published is not, and who should know is told once."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from expectations.gate import GateFailed
from include import night as steps
from include.home import Home
from include.settings import Settings
from tests.conftest import PlayedCountry


def published(home: Home, name: str = "marts") -> Path:
    return (home.published / f"{name}.duckdb").resolve()


class Mailbox(Message):
    """Keeps what a real SMTP session delivered."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_message(self, message: object) -> None:
        self.texts.append(str(message))


@contextmanager
def smtp_server() -> Iterator[tuple[int, Mailbox]]:
    mailbox = Mailbox()
    with socket.socket() as probe:  # aiosmtpd asks the port it was given whether it is up, so 0 will not do
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port, mailbox
    finally:
        controller.stop()


@contextmanager
def webhook() -> Iterator[tuple[int, list[dict[str, object]]]]:
    received: list[dict[str, object]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], received
    finally:
        server.shutdown()


def test_a_mart_that_disagrees_with_the_warehouse_is_not_published(
    played_country: PlayedCountry, tmp_path: Path
) -> None:
    country = played_country.copy_to(tmp_path / "home")
    night = country.nights[1]
    before = published(country.home)
    with smtp_server() as (smtp_port, mailbox), webhook() as (hook_port, posted):
        urls = (
            f"mailto://127.0.0.1:{smtp_port}?from=night@example.org&to=lead@example.org&mode=insecure"
            f" json://127.0.0.1:{hook_port}/alerts"
        )
        settings = Settings(home=country.home.root, batches=2, alert_urls=urls)
        with duckdb.connect(str(country.home.warehouse)) as warehouse:
            warehouse.execute(
                "delete from household.households where household_key in "
                "(select min(household_key) from household.households)"
            )
        for _ in range(2):  # the second failure of the same gate is silent
            with pytest.raises(GateFailed) as failure:
                steps.gate(country.home, settings, "marts", night)
            steps.alert(country.home, settings, country.nights[1], "gate_marts", failure.value)
        steps.publish_quality(country.home, settings, night)
    assert published(country.home) == before
    with duckdb.connect(str(published(country.home, "quality")), read_only=True) as quality:
        failed = quality.execute(
            "select count(*) from quality.gate_results where night = ? and stage = 'marts' and not success", [night]
        ).fetchone()
    assert failed is not None
    assert failed[0] >= 1
    assert len(mailbox.texts) == 1
    assert len(posted) == 1
    assert "marts" in json.dumps(posted[0])
