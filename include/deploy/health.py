"""One component's health, as Airflow's API tells it: what the health checks of docker-compose.yml run.

`airflow jobs check` answers the same, but loads all of Airflow for it: on a busy host it does not answer in time.
"""

from __future__ import annotations

import sys

from include.demo.api import Api, ApiError


def main(arguments: list[str]) -> int:
    """Say the status of a component, such as `scheduler`; returns the exit code: 0 healthy, 1 not, or no answer."""
    url, component = arguments
    try:
        status = Api(url, "", "").health().get(component, {}).get("status")
    except ApiError as error:
        status = str(error)
    print(f"{component}: {status}")
    return int(status != "healthy")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
