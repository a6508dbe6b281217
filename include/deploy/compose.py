"""The few calls of docker-compose and docker that the rehearsal needs, for one project of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from include.demo.stack import REPO


class ComposeError(Exception):
    """A command of docker or docker-compose failed; the message is the command and the end of what it said."""


class Compose:
    """docker-compose.yml under a project name of its own, so that a deployment on the same host is not touched."""

    def __init__(self, project: str, env_file: Path, settings: Mapping[str, str]) -> None:
        self.project = project
        program = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
        file = REPO / "docker-compose.yml"
        self._command = [*program, "--project-name", project, "--env-file", str(env_file), "--file", str(file)]
        self._environment = {**os.environ, **settings}

    def __call__(self, *arguments: str) -> str:
        """Run docker-compose; returns what it printed. Raises ComposeError."""
        return self._run([*self._command, *arguments])

    def docker(self, *arguments: str) -> str:
        """Run docker; returns what it printed. Raises ComposeError."""
        return self._run(["docker", *arguments])

    def once(self, service: str, *arguments: str, entrypoint: str | None = None, mount: str | None = None) -> str:
        """Run a service once and remove its container; returns what it printed. Raises ComposeError."""
        options = ["--entrypoint", entrypoint] if entrypoint else []
        options += ["--volume", mount] if mount else []
        return self("run", "--rm", "-T", *options, service, *arguments)

    def containers(self) -> dict[str, dict[str, Any]]:
        """What docker knows of each container of the project, by service, also of those that have ended."""
        ids = self.docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={self.project}").split()
        found = json.loads(self.docker("inspect", *ids)) if ids else []
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(
            command, env=self._environment, cwd=REPO, capture_output=True, text=True, errors="replace", check=False
        )
        if done.returncode:
            raise ComposeError("\n".join([" ".join(command), *(done.stdout + done.stderr).splitlines()[-25:]]))
        return done.stdout
