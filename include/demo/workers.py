"""The Celery workers of a cluster: which of them answer, and what each calls its host."""

from __future__ import annotations

import os
import socket

HOST_NAME = "CLUSTER_HOST_NAME"
"""Environment variable that names a host where several workers on one machine stand for several hosts."""
ANSWER_WITHIN = 3.0
"""Seconds in which a worker that is alive answers."""


def host_name() -> str:
    """What Airflow writes down as the place where a task ran (its setting hostname_callable)."""
    return os.environ.get(HOST_NAME) or socket.gethostname()


def answering(broker_url: str) -> set[str]:
    """Host names of the workers that answer a ping through the broker; empty when the broker itself does not."""
    from celery import Celery
    from kombu.exceptions import OperationalError

    with Celery(broker=broker_url, set_as_current=False) as app:
        app.conf.broker_connection_retry = False
        try:
            answers = app.control.ping(timeout=ANSWER_WITHIN)
        except OperationalError:
            return set()
    return {name.partition("@")[2] for answer in answers for name in answer}
