"""Whether the Celery worker of this container answers: the health check of docker-compose.yml's workers.

It asks through the queue, as tasks come. Airflow itself is not loaded for it: see include/deploy/health.py.
"""

from __future__ import annotations

import os
import sys

from include.demo.workers import answering, host_name


def main() -> int:
    """Say whether the worker answers; returns the exit code: 0 it does, 1 not, or the queue does not."""
    name = host_name()
    healthy = name in answering(os.environ["AIRFLOW__CELERY__BROKER_URL"])
    print(f"{name}: {'healthy' if healthy else 'no answer'}")
    return int(not healthy)


if __name__ == "__main__":
    sys.exit(main())
