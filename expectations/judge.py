"""Great Expectations judges the measured tables of a scratch DuckDB file: one checkpoint for each suite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expectations import engine
from expectations.checks import Check

_EXAMPLES = 8


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations says of one check."""

    check_id: str
    success: bool
    observed: str
    unexpected: int | None
    exception: bool
    examples: str | None


def judge(scratch: Path, suite: str, checks: Sequence[Check]) -> list[Verdict]:
    """Run the checks of one suite as a real checkpoint over the scratch file, opened read-only.

    Gives one verdict for each check, in the order given. A check that raises, or whose table is not there, is a
    failed one. The file is closed again before this returns.
    """
    if not checks:
        return []
    gx = engine.quiet_great_expectations()
    engine.register()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "measured", connection_string=engine.connection_string(scratch), create_temp_table=False
    )
    try:
        verdicts = _run(gx, context, source, suite, checks)
    finally:  # the source keeps one engine for its own look-ups and one for the expectations
        source.get_execution_engine().close()
        source.get_engine().dispose()
    return [verdicts.get(check.check_id) or _broken(check, "no verdict came back") for check in checks]


def _run(gx: Any, context: Any, source: Any, suite: str, checks: Sequence[Check]) -> dict[str, Verdict]:
    verdicts: dict[str, Verdict] = {}
    definitions = []
    for table in dict.fromkeys(check.table for check in checks):
        own = [check for check in checks if check.table == table]
        try:
            batch = source.add_table_asset(table, table_name=table).add_batch_definition_whole_table("all")
        except Exception as error:  # a table that was not measured: every check that reads it fails
            verdicts |= {check.check_id: _broken(check, f"{type(error).__name__}: no table {table}") for check in own}
            continue
        expectation_suite = context.suites.add(gx.ExpectationSuite(name=f"{suite}.{table}"))
        for check in own:
            try:
                expectation_suite.add_expectation(_expectation(gx, check))
            except Exception as error:  # an expectation that cannot even be stated is a failed one
                verdicts[check.check_id] = _broken(check, type(error).__name__)
        definition = gx.ValidationDefinition(name=f"{suite}.{table}", data=batch, suite=expectation_suite)
        definitions.append(context.validation_definitions.add(definition))
    if definitions:
        checkpoint = context.checkpoints.add(
            gx.Checkpoint(
                name=suite,
                validation_definitions=definitions,
                result_format={
                    "result_format": "COMPLETE",
                    "unexpected_index_column_names": ["scope"],
                    "partial_unexpected_count": _EXAMPLES,
                },
            )
        )
        for run in checkpoint.run().run_results.values():
            for result in run.results:
                verdict = _verdict(result)
                verdicts[verdict.check_id] = verdict
    return verdicts


def _expectation(gx: Any, check: Check) -> Any:
    return getattr(gx.expectations, check.expectation)(**check.arguments, meta={"check_id": check.check_id})


def _verdict(result: Any) -> Verdict:
    check_id = str(result.expectation_config.meta["check_id"])
    raised = _raised(result.exception_info)
    if raised:
        return Verdict(check_id, False, f"{check_id} raised {raised}", None, True, None)
    found = result.result
    unexpected = found.get("unexpected_count")
    rows = found.get("partial_unexpected_index_list") or []
    if "element_count" in found:
        observed = f"{unexpected} of {found['element_count']} rows differ"
    else:
        observed = str(found.get("observed_value"))
    scopes = sorted({str(row["scope"]) for row in rows if "scope" in row})
    return Verdict(check_id, bool(result.success), observed, unexpected, False, _sentence(scopes, unexpected))


def _sentence(scopes: list[str], unexpected: int | None) -> str | None:
    if not scopes:
        return None
    shown = scopes[:_EXAMPLES]
    rest = (unexpected or len(scopes)) - len(shown)
    return "; ".join(shown) + (f"; and {rest} more" if rest > 0 else "")


def _raised(info: dict[str, Any]) -> str | None:
    """The class of the exception inside an expectation, or None; its text may hold a value and is not kept."""
    if info.get("raised_exception") is False:
        return None
    details = [info] if "exception_traceback" in info else [v for v in info.values() if isinstance(v, dict)]
    for detail in details:
        if detail.get("raised_exception", True):
            last = str(detail.get("exception_traceback") or "").strip().splitlines()
            return last[-1].split(":")[0].strip() if last else "an exception"
    return "an exception" if info.get("raised_exception") else None


def _broken(check: Check, why: str) -> Verdict:
    return Verdict(check.check_id, False, why, None, True, None)
