"""A night's jobs as OpenLineage events (https://openlineage.io/spec), by the client library of that standard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.generated.base import DatasetFacet, InputDatasetFacet, OutputDatasetFacet
from openlineage.client.generated.base_subset_dataset import (
    InputSubsetInputDatasetFacet,
    OutputSubsetOutputDatasetFacet,
    Partition,
    PartitionSubsetCondition,
)
from openlineage.client.generated.dataset_version_dataset import DatasetVersionDatasetFacet
from openlineage.client.generated.job_type_job import JobTypeJobFacet
from openlineage.client.generated.nominal_time_run import NominalTimeRunFacet
from openlineage.client.generated.test_run import TestExecution, TestRunFacet

from include.clocks import TIMEZONE, known_at
from include.lineage import jobs

NAMESPACE = "targeted"
PRODUCER = "urn:targeted-measures"
"""Who made the events, as the standard asks for."""


def events(night: date, done: Iterable[jobs.Job]) -> Iterator[RunEvent]:
    """One event for each job, COMPLETE or FAIL, that can be read by itself; the same night gives the same run ids."""
    for job in done:
        yield RunEvent(
            eventTime=job.ended.isoformat(),
            producer=PRODUCER,
            eventType=RunState.COMPLETE if job.succeeded else RunState.FAIL,
            run=_run(night, job),
            job=Job(NAMESPACE, job.name, {"jobType": JobTypeJobFacet("BATCH", _integration(job), job.kind)}),
            inputs=[_input(dataset) for dataset in job.inputs],
            outputs=[_output(dataset) for dataset in job.outputs],
        )


def _integration(job: jobs.Job) -> str:
    return "DBT" if job.name.startswith("dbt.") else "TARGETED"


def _run(night: date, job: jobs.Job) -> Run:
    cut_off = datetime.replace(known_at(night), tzinfo=ZoneInfo(TIMEZONE))
    run = Run(str(uuid5(NAMESPACE_URL, f"{PRODUCER}/{night}/{job.name}/{job.batch or ''}")))
    run.facets = {"nominalTime": NominalTimeRunFacet(cut_off.isoformat())}
    if job.tested:
        tests = [
            TestExecution(test.check_id, "pass" if test.passed else "fail", "error" if test.blocking else "warn")
            for test in job.tested
        ]
        run.facets["test"] = TestRunFacet(tests)
    return run


def _input(dataset: jobs.Dataset) -> InputDataset:
    part: dict[str, InputDatasetFacet] = (
        {"subset": InputSubsetInputDatasetFacet(_part(dataset))} if dataset.part else {}
    )
    return InputDataset(NAMESPACE, dataset.name, inputFacets=part, facets=_version(dataset))


def _output(dataset: jobs.Dataset) -> OutputDataset:
    part: dict[str, OutputDatasetFacet] = (
        {"subset": OutputSubsetOutputDatasetFacet(_part(dataset))} if dataset.part else {}
    )
    return OutputDataset(NAMESPACE, dataset.name, outputFacets=part, facets=_version(dataset))


def _version(dataset: jobs.Dataset) -> dict[str, DatasetFacet]:
    return {"version": DatasetVersionDatasetFacet(dataset.version)} if dataset.version else {}


def _part(dataset: jobs.Dataset) -> PartitionSubsetCondition:
    return PartitionSubsetCondition([Partition(dict(dataset.part))])
