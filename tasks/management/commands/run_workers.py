"""manage.py run_workers"""

from __future__ import annotations

import os
import shutil
import signal
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand

from tasks.dispatch import pulse
from tasks.dispatch.cluster import Cluster, Supervisor
from tasks.management import arguments


class Command(BaseCommand):
    help = (
        "Run the workers: a django-q2 cluster with its timer and its watchdog. Stops cleanly on "
        "SIGTERM and Ctrl-C: each worker finishes the task it is in and gives its job back."
    )
    # Settings that do not fit together; the pages, which are not shown here, are not loaded.
    requires_system_checks = (Tags.compatibility,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--workers",
            type=int,
            default=settings.Q_CLUSTER["workers"],
            help="worker processes (default: WORKERS, or 2)",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        if options["workers"] < 1:
            raise arguments.wrong("--workers must be at least 1.")
        settings.Q_CLUSTER["workers"] = options["workers"]
        supervisor = Supervisor(Cluster(_directory(), options["workers"]))

        def stop(_signal: int, _frame: FrameType | None) -> None:
            supervisor.stop.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        self.stdout.write(f"{options['workers']} workers are running. Ctrl-C stops them.")
        supervisor.run()
        self.stdout.write("The workers have stopped.")


def _directory() -> Path:
    """A folder of its own for each supervisor, so that several can run on one machine."""
    for left_over in Path(settings.RUN_DIR).glob("cluster-*"):
        if not pulse.process_exists(int(left_over.name.removeprefix("cluster-"))):
            shutil.rmtree(left_over, ignore_errors=True)
    return Path(settings.RUN_DIR) / f"cluster-{os.getpid()}"
