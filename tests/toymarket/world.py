"""The outside world: effects and calls as lines of a file, appended atomically, never undone."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import OfflineError, OutageError


@dataclass(frozen=True)
class World:
    """Survives every kill, as a real marketplace does."""

    path: Path

    def record(self, kind: str, what: str) -> None:
        line = f"{kind} {what}\n".encode()
        descriptor = os.open(self.path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o644)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """From now on nobody is answered."""
        self._closed.touch()

    def open(self) -> None:
        self._closed.unlink()

    def lock_up(self) -> None:
        """The seller's own toy box, through which the market is reached."""
        self._locked.touch()

    def unlock(self) -> None:
        self._locked.unlink()

    def require_open(self) -> None:
        if self._locked.exists():
            raise OfflineError("The seller's toy box is closed.")
        if self._closed.exists():
            raise OutageError("The toy market is closed.")

    @property
    def _locked(self) -> Path:
        return self.path.with_suffix(".locked")

    @property
    def _closed(self) -> Path:
        return self.path.with_suffix(".closed")

    def lines(self, kind: str) -> list[str]:
        if not self.path.exists():
            return []
        rows = (line.partition(" ") for line in self.path.read_text().splitlines())
        return [what for found, _, what in rows if found == kind]

    def calls(self, step: str, subject: str) -> int:
        return self.lines("call").count(f"{step} {subject}")

    def effects(self) -> Counter[str]:
        return Counter(self.lines("effect"))
