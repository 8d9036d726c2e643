"""The requests of our clients, as they leave."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.marketplaces.ebay import every_call as ebay
from tests.marketplaces.etsy import every_call as etsy
from tests.marketplaces.http.loopback import LoopbackServer, answer
from tests.official.documents import Api
from tests.official.exchanges import Sent

Address = Callable[[Api], str]


@dataclass(frozen=True)
class OurClient:
    """Our side of a marketplace, and every call that it can make."""

    at: Callable[[Address], Any]
    calls: Mapping[str, Callable[[Any], object]]
    answer: Mapping[str, object]
    """That every call can read."""
    callers: Mapping[str, Sequence[type | Callable[..., object]]]
    """What makes them, by module."""


CLIENTS = {
    "ebay": OurClient(ebay.Ebay, ebay.CALLS, ebay.ANSWER, ebay.CALLERS),
    "etsy": OurClient(etsy.Etsy, etsy.CALLS, etsy.ANSWER, etsy.CALLERS),
}
EVERY_CALL = [(name, call) for name, client in CLIENTS.items() for call in client.calls]


@cache
def sent_by(marketplace: str, call: str) -> Sent:
    """The one request of a call of the list."""
    (sent,) = captured(marketplace, CLIENTS[marketplace].calls[call])
    return sent


def captured(marketplace: str, call: Callable[[Any], object]) -> list[Sent]:
    client = CLIENTS[marketplace]
    with LoopbackServer(answer(200, json.dumps(client.answer).encode())) as server:
        call(client.at(lambda api: server.url(api.base)))
    return [Sent.read(raw) for raw in server.requests]
