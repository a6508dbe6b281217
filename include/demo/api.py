"""The few calls of Airflow's REST API that the demonstration needs, over loopback and past any proxy."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any


class ApiError(Exception):
    """The API answered with an error: says method, path, status and the start of the answer."""


class Api:
    """Calls one Airflow as one user; `health` needs no user."""

    def __init__(self, base_url: str, user: str, password: str) -> None:
        self.base_url = base_url
        self._credentials = {"username": user, "password": password}
        self._token: str | None = None
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def health(self) -> dict[str, Any]:
        """State of metadatabase, scheduler, triggerer and dag_processor."""
        return self._call("GET", "/api/v2/monitor/health")

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """GET /api/v2<path>."""
        suffix = "?" + urllib.parse.urlencode(query) if query else ""
        return self._authorised("GET", f"/api/v2{path}{suffix}")

    def send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST or PATCH /api/v2<path> with a JSON body."""
        return self._authorised(method, f"/api/v2{path}", body)

    def _authorised(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if self._token is None:
            self._token = str(self._call("POST", "/auth/token", self._credentials)["access_token"])
        return self._call(method, path, body, {"Authorization": f"Bearer {self._token}"})

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - our own Airflow on loopback
            self.base_url + path,
            data=data,
            method=method,
            headers={"Accept": "application/json", "Content-Type": "application/json", **(headers or {})},
        )
        try:
            with self._opener.open(request, timeout=60) as answer:
                content: dict[str, Any] = json.loads(answer.read() or b"{}")
                return content
        except urllib.error.HTTPError as error:
            text = error.read()[:400].decode(errors="replace")
            raise ApiError(f"{method} {path}: {error.code} {text}") from None
