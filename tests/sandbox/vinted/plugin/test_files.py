"""A command's file: fetched in bounded pieces, and sent only when it is the one announced."""

import base64
import hashlib
from typing import Any

import pytest

from marketplaces.sandbox.vinted.control import VintedControl
from tests.sandbox.seller_client import a_photo
from tests.sandbox.vinted.plugin.stoflow_server import PIECE, Connection, StoflowServer

PHOTO = a_photo() + b"\0" * (PIECE + 1000)
"""A JPEG of two pieces: what stands behind the picture is passed over."""


def upload(
    connection: Connection, user: str, content: bytes = PHOTO, *, command: str = "", **changes: Any
) -> str:
    """Tell the plugin of a photo, once more if it is of a command that there is; its id."""
    file = {
        "field": "photo[file]",
        "name": "robe.jpg",
        "content_type": "image/jpeg",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    } | changes
    fields = {"photo[type]": "item", "photo[temp_uuid]": "a-session"}
    form = {"fields": fields, "file": file}
    again = {"id": command} if command else {}
    return connection.command("POST", "photos", as_user=user, request={"form": form}, **again)


def give(connection: Connection, command: str, content: bytes, offset: int, **changes: Any) -> None:
    chunk = {"id": command, "offset": offset, "data": base64.b64encode(content).decode()}
    connection.say("chunk", **(chunk | changes))


def test_a_file_comes_piece_by_piece_and_goes_out_whole(
    connection: Connection, lea_id: str, control: VintedControl
) -> None:
    command = upload(connection, lea_id)
    for offset in (0, PIECE):
        assert connection.hear("need")["offset"] == offset
        give(connection, command, PHOTO[offset : offset + PIECE], offset)
    connection.go(command)
    status, body = connection.answered(command)
    assert (status, body["temp_uuid"]) == (200, "a-session")
    [image] = control.effects()["images"]
    assert (image["checksum"], image["size"]) == (hashlib.sha256(PHOTO).hexdigest(), len(PHOTO))


@pytest.mark.parametrize(
    ("content", "offset"),
    [
        (PHOTO[:PIECE], 1),
        (PHOTO[: PIECE + 1], 0),
        (b"", 0),
    ],
    ids=["another place", "too long", "empty"],
)
def test_a_piece_that_was_not_needed_ends_it(
    connection: Connection, lea_id: str, control: VintedControl, content: bytes, offset: int
) -> None:
    command = upload(connection, lea_id)
    connection.hear("need")
    give(connection, command, content, offset)
    assert connection.unsent(command) == "file"
    assert control.effects()["images"] == []


def test_a_piece_beyond_the_announced_size_ends_it(connection: Connection, lea_id: str) -> None:
    command = upload(connection, lea_id, b"short")
    connection.hear("need")
    give(connection, command, b"longer than short", 0)
    assert connection.unsent(command) == "file"


def test_a_wrong_checksum_ends_it(
    connection: Connection, lea_id: str, control: VintedControl
) -> None:
    command = upload(connection, lea_id, a_photo(), sha256="0" * 64)
    connection.hear("need")
    give(connection, command, a_photo(), 0)
    assert connection.unsent(command) == "file"
    assert control.effects()["images"] == []


def test_a_piece_that_is_no_base64_ends_it(connection: Connection, lea_id: str) -> None:
    command = upload(connection, lea_id, b"four")
    connection.hear("need")
    give(connection, command, b"", 0, data="AAAAA")
    assert connection.unsent(command) == "file"


def test_a_lost_connection_begins_the_file_anew(
    connection: Connection, lea_id: str, stoflow: StoflowServer, control: VintedControl
) -> None:
    command = upload(connection, lea_id)
    connection.hear("need")
    give(connection, command, PHOTO[:PIECE], 0)
    assert connection.hear("need")["offset"] == PIECE
    connection.drop()
    again = stoflow.welcome()
    assert again.hears_nothing()
    upload(again, lea_id, command=command)
    for offset in (0, PIECE):
        assert again.hear("need")["offset"] == offset
        give(again, command, PHOTO[offset : offset + PIECE], offset)
    again.go(command)
    assert again.answered(command)[0] == 200
    assert len(control.effects()["images"]) == 1
