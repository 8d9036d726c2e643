"""The floor of two workers: claim + moves + finish as bare statements, one commit each.

python -m tests.benchmarks.floor DSN SCHEMA JOBS STEPS FIRST_TASK: waits for a line, works, ends.
"""

from __future__ import annotations

import sys
import time

import psycopg

from tests.benchmarks.bare import BARE


def main(dsn: str, schema: str, jobs: int, steps: int, first: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f'SET search_path = "{schema}", public')
        cursor = connection.cursor()
        sys.stdin.readline()
        began = time.perf_counter()
        for job in range(jobs):
            for step in range(steps + 2):
                task = first + (job * steps + step) % (jobs * steps)
                cursor.execute(BARE, [task, task, task, task + 1], prepare=True)
        sys.stdout.write(f"{time.perf_counter() - began}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(number) for number in sys.argv[3:]))
