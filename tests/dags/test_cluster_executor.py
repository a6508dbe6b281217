"""The locked Celery and Airflow's provider for it go together."""

from __future__ import annotations


def test_the_executor_of_a_cluster_starts_with_the_locked_celery() -> None:
    """The newest Celery that the provider allows lacks a name that it imports: its word is not enough for a lock."""
    from airflow.providers.celery.executors.celery_executor import CeleryExecutor, app

    assert "execute_workload" in app.tasks, "what the scheduler sends and a worker takes"
    assert CeleryExecutor.supports_callbacks, "an alert of a late run is told by a worker, not by the scheduler"
    assert app.conf.task_acks_late, "a task that dies with its worker is not lost to the queue"
    assert app.conf.worker_prefetch_multiplier == 1, "a worker holds no task that another could begin"
