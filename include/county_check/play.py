"""Plays one package through receive, meet, check and judge in a home of its own, which is removed afterwards."""

from __future__ import annotations

import os
import shutil
import stat
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from pydantic import SecretStr

from include.clocks import known_at
from include.contract.words import severity_order
from include.county_check.facts import Checked, Finding, Rules
from include.duck import connect
from include.home import Home, batch_names
from include.intake import known
from include.intake.check import check
from include.intake.judge import judge
from include.intake.manifest import parse_manifest
from include.intake.meet import meet
from include.intake.needs import beyond
from include.intake.package import MANIFEST, open_package
from include.intake.receive import receive
from include.intake.shown import shown
from include.intake.submitters import kind_of
from include.keys import new_secret
from include.letters.facts import DatasetLine
from include.rules import Rule, catalogue
from include.rules.model import ALL_DATASETS, Beyond
from include.settings import Settings

(BATCH,) = batch_names(1)


class NotChecked(ValueError):
    """What was given is no package, or nobody knows whose it is; the message says how to mend it."""


def submitter_of(package: Path) -> str:
    """Who sends a package by its own manifest. Raises NotChecked when there is none that says so."""
    if not package.exists():
        raise NotChecked(f"{package} is not there: name the package's folder or its .zip / 找不到报送包")
    data = open_package(package).files.get(MANIFEST)
    manifest = parse_manifest(data) if data is not None else None
    if manifest is None:
        raise NotChecked(
            f"{package} has no {MANIFEST} that can be read, so it does not say who sends it: make one from the"
            " template, or say who sends with --submitter CODE and see what else is to be mended"
            " / 清单缺失或无法读取，请用 --submitter 写明报送单位代码后再核对"
        )
    return manifest.submitter


def play(package: Path, submitter: str, night: date, number: int = 1) -> Checked:
    """What the centre would find in a package of a submitter, were it that office's attempt `number`, on that night.

    `package` is a folder or a file, and is only read. The code is the night's own; its home lies in the machine's
    folder for temporary files, with a person key that nobody keeps, and is gone afterwards, also after an error. Raises
    UnknownSubmitter for a name that is no office's, NotChecked when the package cannot be copied.
    """
    kind_of(submitter)
    with TemporaryDirectory(prefix="targeted-check-") as folder:
        home = Home(Path(folder))
        settings = Settings(
            home=home.root,
            batches=1,
            person_hmac_key=SecretStr(new_secret()),
            upload_quiet_minutes=-1,  # nothing is still being uploaded here: an incomplete package is told as such
        )
        _deliver(package, home.inbox / submitter)
        receive(home, settings, night, BATCH, known_at(night), first_number=number)
        meet(home, settings, night)
        with connect(settings) as connection:
            known.load_attempts(connection, home, night)
            rules = _rules(connection)
        check(home, settings, night, BATCH, rules.run)
        judge(home, settings, night, BATCH)
        with connect(settings) as connection:
            return _checked(connection, home, package, night, rules)


def _deliver(package: Path, account: Path) -> None:
    """Copy the package into the account: receive archives and deletes what lies there. Links stay links.

    Modes are not copied: what comes from a read-only stick must be removable here.
    """
    account.mkdir(parents=True)
    try:
        if package.is_dir():
            shutil.copytree(package, account / "package", symlinks=True, copy_function=shutil.copyfile)
            for folder, _, _ in os.walk(account / "package"):
                Path(folder).chmod(stat.S_IRWXU)
        else:
            shutil.copyfile(package, account / f"package{'.zip' if package.suffix.lower() == '.zip' else ''}")
    except OSError as error:
        raise NotChecked(
            f"{package} cannot be copied ({type(error).__name__}): close programs that hold its files"
            " / 报送包无法复制，请关闭正在使用其中文件的程序"
        ) from error


def _rules(connection: duckdb.DuckDBPyConnection) -> Rules:
    """Which rules the one attempt in the tables attempts and brought can be judged by."""
    attempt = connection.execute("select kind from attempts").fetchone()
    brought = {name for (name,) in connection.execute("select distinct dataset from brought").fetchall()}
    kind = attempt[0] if attempt else None
    run: list[Rule] = []
    reserved: list[Rule] = []
    not_run: defaultdict[frozenset[Beyond], list[Rule]] = defaultdict(list)
    for rule in catalogue():
        needed = beyond(rule, kind, brought)
        if needed - {"deletions"} or (needed and rule.sql is None):
            if _is_about(rule, brought):
                not_run[needed].append(rule)
            continue
        run.append(rule)
        if needed and _is_about(rule, brought):
            reserved.append(rule)
    return Rules(tuple(run), tuple(reserved), {needed: tuple(rules) for needed, rules in not_run.items()})


def _is_about(rule: Rule, brought: Iterable[str]) -> bool:
    return not rule.datasets or bool({*rule.datasets} & {*brought, ALL_DATASETS})


def _checked(connection: duckdb.DuckDBPyConnection, home: Home, package: Path, night: date, rules: Rules) -> Checked:
    attempt = connection.execute(
        """select submitter, number, kind, as_of, coalesce(nothing_due, false), refusal from read_parquet($path)""",
        {"path": str(home.lake_file("attempts", night, BATCH))},
    ).fetchone()
    if attempt is None:
        raise NotChecked(f"{package} is no package: name its folder or its .zip / 不是报送包")
    submitter, number, kind, as_of, nothing_due, refusal = attempt
    datasets = connection.execute(
        """select dataset, coalesce(layout, 0), received, accepted, held, rejected from read_parquet($counted)
        left join (select dataset, sum(layout_rows) as layout from read_parquet($files) group by dataset)
            using (dataset) order by dataset""",
        {
            "counted": str(home.lake_file("conservation", night, BATCH)),
            "files": str(home.lake_file("files", night, BATCH)),
        },
    ).fetchall()
    findings = connection.execute(
        f"""select finding_id, rule, severity, trial, dataset, file, "row", "column",
            substr(household_key, length(county_id) + 2), value_class, detail
        from read_parquet($files)
        order by {severity_order()}, rule, dataset, file, "row", "column", finding_id""",
        {"files": [str(home.lake_file(kind, night, BATCH)) for kind in ("findings_receive", "findings_check")]},
    ).fetchall()
    return Checked(
        shown(package.name),
        submitter,
        night,
        number,
        kind,
        as_of,
        nothing_due,
        refusal,
        tuple(DatasetLine(name, *map(int, counts)) for name, *counts in datasets),
        tuple(Finding(*row) for row in findings),
        rules,
    )
