"""The plugin server listens where Django's own connection leads."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from marketplaces.vinted.plugin import listening


def test_it_listens_with_every_option_of_djangos_own_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address: dict[str, Any] = {
        "host": "db.example.org",
        "port": 5433,
        "user": "stoflow",
        "dbname": "stoflow",
        "sslmode": "verify-full",
        "sslrootcert": "/ca.pem",
        "sslcert": "/client.pem",
        "sslkey": "/client.key",
        "passfile": "/passwords",
        "target_session_attrs": "read-write",
        "connect_timeout": 7,
    }
    of_django = {"password": "", "prepare_threshold": 3, "context": object()}
    monkeypatch.setattr(connection, "get_connection_params", lambda: address | of_django)
    told = conninfo_to_dict(listening._conninfo())
    assert told == {name: str(value) for name, value in address.items()}
