"""A typed client of the control port, on the standard library alone.

It takes no part in what is tested: it makes sellers, sets faults and reads the verdict.
"""

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from marketplaces.sandbox.reports import (
    EffectsReport,
    FaultReport,
    HoldReport,
    RequestReport,
    SellerReport,
)

TIMEOUT = 30.0
"""Seconds for one call."""

PUBLISH = "POST /sell/inventory/v1/offer/{offerId}/publish"


class ControlError(RuntimeError):
    """The control port refused; the text is its reason."""


class SandboxControl:
    """One call, one connection: http.client, which knows of no proxy, unlike urllib.request."""

    def __init__(self, control_url: str) -> None:
        self._host = urlsplit(control_url).netloc

    def health(self) -> dict[str, Any]:
        answer: dict[str, Any] = self._get("/health")
        return answer

    def reset(self) -> None:
        """Forget sellers, objects, log, counters and faults; settings stay."""
        self._call("POST", "/reset")

    def redirects(self, **addresses: str) -> None:
        """Register where eBay sends people back, by RuName."""
        self._call("POST", "/redirects", {"redirects": addresses})

    def settings(self, **values: float) -> dict[str, float]:
        """Change those that are named (see settings.Settings); returns all of them."""
        answer: dict[str, float] = self._call("POST", "/settings", values)
        return answer

    def seller(
        self, username: str, *, policies: bool = True, location: bool = True
    ) -> SellerReport:
        """Make a seller, or find the one of that name."""
        order = {"username": username, "policies": policies, "location": location}
        answer: SellerReport = self._call("POST", "/sellers", order)
        return answer

    def revoke(self, username: str) -> None:
        """End the seller's consent: their refresh token and access tokens stop working."""
        self._call("POST", f"/sellers/{quote(username, safe='')}/revoke")

    def consent(self, username: str) -> SellerReport:
        """The seller agrees anew; the answer has the new refresh token."""
        answer: SellerReport = self._call("POST", f"/sellers/{quote(username, safe='')}/consent")
        return answer

    def expire_access_tokens(self, username: str) -> None:
        self._call("POST", f"/sellers/{quote(username, safe='')}/expire-access-tokens")

    def buy(self, username: str, *, quantity: int = 1, **what: str) -> dict[str, Any]:
        """A buyer's order for `sku=` or `listing_id=`; see ebay.buyers for the rest."""
        order = {"username": username, "quantity": quantity, **what}
        answer: dict[str, Any] = self._call("POST", "/purchases", order)
        return answer

    def cancel_order(self, username: str, order_id: str) -> None:
        """The order is cancelled and refunded."""
        self._call("POST", "/cancellations", {"username": username, "order_id": order_id})

    def end_listing(self, username: str, **what: str) -> None:
        """Ended by hand: `sku=` or `listing_id=`; with `status="EBAY_ENDED"`, by eBay."""
        self._call("POST", "/endings", {"username": username, **what})

    def change_listing(self, username: str, **what: str | int) -> None:
        """The seller edits `price=` or `quantity=` at eBay."""
        self._call("POST", "/changes", {"username": username, **what})

    def add_fault(
        self,
        route: str,
        kind: str,
        *,
        match: str = "",
        status: int = 500,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        page: str = "",
        delay: float = 0.0,
        times: int = 1,
        skip: int = 0,
    ) -> int:
        """Spoil matching calls; see faults.FaultRule for each argument. The rule's id."""
        rule: dict[str, Any] = {
            "route": route,
            "kind": kind,
            "match": match,
            "status": status,
            "headers": dict(headers or {}),
            "body": body,
            "page": page,
            "delay": delay,
            "times": times,
            "skip": skip,
        }
        return int(self._call("POST", "/faults", rule)["id"])

    def refuse(
        self, match: str, *, error_id: int, message: str, route: str = PUBLISH, times: int = 0
    ) -> int:
        """eBay refuses a product (its SKU is the match) with this error, for ever by default."""
        error = {
            "errorId": error_id,
            "domain": "API_INVENTORY",
            "category": "REQUEST",
            "message": message,
            "longMessage": message,
        }
        body = {"errors": [error]}
        return self.add_fault(route, "status", match=match, status=400, body=body, times=times)

    def faults(self) -> list[FaultReport]:
        answer: list[FaultReport] = self._get("/faults")["faults"]
        return answer

    def remove_fault(self, fault: int) -> None:
        self._call("DELETE", f"/faults/{fault}")

    def clear_faults(self) -> None:
        self._call("DELETE", "/faults")

    def holds(self) -> list[HoldReport]:
        answer: list[HoldReport] = self._get("/holds")["holds"]
        return answer

    def release(self, hold: int | None = None, *, effect: bool | None = None) -> int:
        """Let one held call go, or all; how many went.

        For a call held before its effect: True has the effect even if the caller is gone, False
        never; None only if the caller is still there.
        """
        wish = {"id": hold, "effect": effect}
        return int(self._call("POST", "/holds/release", wish)["released"])

    def effects(self) -> EffectsReport:
        answer: EffectsReport = self._get("/effects")
        return answer

    def requests(self, *, since: int = 0) -> list[RequestReport]:
        """API requests in the order of their arrival, after the one with this id."""
        answer: list[RequestReport] = self._get(f"/requests?since={since}")["requests"]
        return answer

    def _get(self, path: str) -> Any:
        return self._call("GET", path)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        connection = http.client.HTTPConnection(self._host, timeout=TIMEOUT)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            raise ControlError(f"{method} {path}: {response.status} {content.decode()}")
        return json.loads(content)
