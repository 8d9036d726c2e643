"""Ports of this machine for servers that a test starts, and perhaps starts again."""

from __future__ import annotations

import random
import socket

RANGE = range(20_000, 32_000)
"""Below those that the system gives to connections, and to whoever asks for just any: between the
choice and the server's start, and while it is away, it would give such a one to somebody else."""
_CHANCE = random.SystemRandom()  # pytest-randomly gives each test, in each process, the same seed


def free_port() -> int:
    """Nobody has it, and nobody will by chance."""
    for port in _CHANCE.sample(RANGE, 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("No port of this machine is free.")
