"""`make up`: the Airflow UI on 127.0.0.1 with the schedule on, until ctrl-C."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from include.demo.api import ApiError
from include.demo.run import end_on_signals, say_with_clock
from include.demo.secrets import USERS
from include.demo.stack import Stack, StackError, free_port
from include.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Start Airflow on the home and stay; returns the exit code: 0 stopped by the user, 1 it failed."""
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="port on 127.0.0.1; the next free one when it is taken")
    port = parser.parse_args(arguments).port
    home = Settings().home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    say = say_with_clock()
    end_on_signals()
    try:
        with Stack(home, free_port(port), say) as stack:
            say(f"open {stack.url} as {' or '.join(USERS)}; passwords are in {stack.passwords}")
            say("each night at 22:00 Asia/Shanghai what lies in the inbox is received; ctrl-C stops all")
            while True:
                stack.check()
                time.sleep(1)
    except (StackError, ApiError) as error:
        print(f"make up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 0


if __name__ == "__main__":
    sys.exit(main())
