"""What is promised of every command, whatever happened; once all work has ended."""

from __future__ import annotations

from marketplaces.models import CommandStatus
from tests.acceptance.vinted import routes
from tests.acceptance.vinted.shop import VintedShop


def assert_manners_kept(shop: VintedShop) -> None:
    """No command is left behind, and before each write Vinted was asked who is signed in."""
    ended = {CommandStatus.ANSWERED, CommandStatus.UNSENT, CommandStatus.LOST, CommandStatus.VOID}
    assert {command.status for command in shop.commands()} <= ended
    was_asked = False
    for request in shop.control.requests():
        call = f"{request['method']} {request['template']}"
        if request["seller"] == shop.username and call in {routes.WHO_AM_I, *routes.WRITES}:
            assert was_asked or call == routes.WHO_AM_I, f"{call} without a question"
            was_asked = call == routes.WHO_AM_I
