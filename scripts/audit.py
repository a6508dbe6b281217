"""`make audit`: known vulnerabilities of the locked packages (pip-audit, which needs the internet, in an environment of
its own). `make secrets-scan`: secrets in the repository (detect-secrets, in `make test-full`).

Both tools are called as programs. What was looked at and stands is in
audit_allowed.yaml. A package that the advisory service has no answer for is a fault here: pip-audit itself passes it
over and says that nothing was found.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
ALLOWED = REPOSITORY / "scripts" / "audit_allowed.yaml"
LOCK = REPOSITORY / "requirements.lock"
DETECT_SECRETS = Path(sys.executable).with_name("detect-secrets")
PIP_AUDIT = REPOSITORY / ".venv-audit" / "bin" / "pip-audit"


@dataclass
class Verdict:
    """What one tool found, against the allow list."""

    told: str
    """What was looked at, in one line."""
    faults: list[str] = field(default_factory=list)


def judge_packages(report: dict[str, Any], allowed: Iterable[dict[str, str]]) -> Verdict:
    """Judge pip-audit's JSON report; a package that was not looked up is a fault."""
    packages = report["dependencies"]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    verdict = Verdict(f"{len(packages) - len(skipped)} of {len(packages)} locked packages were looked up")
    if skipped:
        verdict.faults.append(
            f"the advisory service did not answer for {len(skipped)} packages ({', '.join(skipped[:3])}, ...): "
            "nothing is known of them; run this on a machine that reaches the public package index itself"
        )
    found = {(package["name"], one["id"]) for package in packages for one in package.get("vulns", [])}
    verdict.faults += _against(found, {(one["package"], one["id"]) for one in allowed}, complete=not skipped)
    return verdict


def judge_secrets(report: dict[str, Any], allowed: Iterable[dict[str, str]], files: int) -> Verdict:
    """Judge detect-secrets' JSON report of so many files."""
    found = {(file, one["type"]) for file, ones in report["results"].items() for one in ones}
    verdict = Verdict(f"{files} files of the repository were searched with {len(report['plugins_used'])} detectors")
    verdict.faults = _against(found, {(one["file"], one["kind"]) for one in allowed}, complete=True)
    return verdict


def _against(found: set[tuple[str, str]], allowed: set[tuple[str, str]], complete: bool) -> list[str]:
    new = [f"{where}: {what}" for where, what in sorted(found - allowed)]
    gone = [f"{where}: {what} is allowed and was not found: take it off the list" for where, what in allowed - found]
    return new + (sorted(gone) if complete else [])


def _report(*command: str | Path) -> dict[str, Any]:
    """A tool's JSON answer; pip-audit's exit code is 1 when it found something, which is no failure of the tool."""
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        raise SystemExit(f"{Path(command[0]).name} gave no answer:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _secrets(allowed: Iterable[dict[str, str]]) -> Verdict:
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return judge_secrets(_report(DETECT_SECRETS, "scan"), allowed, len(listed.stdout.splitlines()))


def _advisories(allowed: Iterable[dict[str, str]]) -> Verdict:
    return judge_packages(_report(PIP_AUDIT, "--no-deps", "--disable-pip", "--format", "json", "-r", LOCK), allowed)


AUDITS = {"secrets": _secrets, "advisories": _advisories}


def main(name: str) -> int:
    """Run one audit, say what was looked at and found; returns 0 when clean, 1 when there is something to look at.

    Raises KeyError for another audit than those of AUDITS.
    """
    allowed = yaml.safe_load(ALLOWED.read_text(encoding="utf-8"))[name]
    verdict = AUDITS[name](allowed)
    print(f"audit: {name}: {verdict.told}; {len(allowed)} allowed, {len(verdict.faults)} to look at")
    for fault in verdict.faults:
        print(f"  {fault}")
    return int(bool(verdict.faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
