"""The control port: sellers, faults, holds, settings and the report that a verdict reads.

It listens on a port of its own; the API port has none of its routes.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web

from marketplaces.sandbox.edge import Edge
from marketplaces.sandbox.faults import BadRuleError, rule_from
from marketplaces.sandbox.marketplace import Command
from marketplaces.sandbox.verdict import effects_report

T = TypeVar("T")


class ControlPort:
    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._state = edge.state
        self._marketplace = edge.marketplace

    def app(self) -> web.Application:
        app = web.Application(middlewares=[_explain])
        app.add_routes(
            web.post(f"/{name}", self._run(command))
            for name, command in self._marketplace.commands.items()
        )
        app.add_routes(
            [
                web.get("/health", self._health),
                web.post("/reset", self._reset),
                web.post("/settings", self._settings),
                web.get("/effects", self._effects),
                web.get("/requests", self._requests),
                web.post("/sellers", self._create_seller),
                web.post("/sellers/{username}/revoke", self._revoke),
                web.post("/sellers/{username}/consent", self._consent),
                web.post("/sellers/{username}/expire-access-tokens", self._expire),
                web.get("/faults", self._list_faults),
                web.post("/faults", self._add_fault),
                web.delete("/faults", self._clear_faults),
                web.delete("/faults/{id}", self._remove_fault),
                web.get("/holds", self._list_holds),
                web.post("/holds/release", self._release),
            ]
        )
        return app

    def _run(self, command: Command) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            order = await _object(request)
            with self._state.store.transaction():
                done = command(self._state, order)
            return web.json_response(dict(done))

        return serve

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "up", "settings": self._state.settings.as_dict()})

    async def _reset(self, _request: web.Request) -> web.Response:
        """Forget sellers, objects, log, counters and faults; settings stay."""
        self._edge.faults.clear()
        self._edge.holds.release(effect=False)
        self._state.store.clear()
        self._marketplace.prepare(self._state)
        return web.json_response({"reset": True})

    async def _settings(self, request: web.Request) -> web.Response:
        self._state.settings.change(await _object(request))
        return web.json_response(self._state.settings.as_dict())

    async def _effects(self, _request: web.Request) -> web.Response:
        return web.json_response(effects_report(self._state, self._marketplace))

    async def _requests(self, request: web.Request) -> web.Response:
        since = int(request.query.get("since", "0"))
        return web.json_response({"requests": self._edge.log.since(since)})

    async def _create_seller(self, request: web.Request) -> web.Response:
        with self._state.store.transaction():
            seller = self._marketplace.create_seller(self._state, await _object(request))
        return web.json_response(dict(seller))

    async def _revoke(self, request: web.Request) -> web.Response:
        with self._state.store.transaction():
            done = self._marketplace.revoke(self._state, request.match_info["username"])
        return web.json_response({"revoked": _found(done)})

    async def _consent(self, request: web.Request) -> web.Response:
        with self._state.store.transaction():
            seller = self._marketplace.consent(self._state, request.match_info["username"])
        return web.json_response(dict(_found(seller)))

    async def _expire(self, request: web.Request) -> web.Response:
        username = request.match_info["username"]
        done = self._marketplace.expire_access_tokens(self._state, username)
        return web.json_response({"expired": _found(done)})

    async def _list_faults(self, _request: web.Request) -> web.Response:
        return web.json_response({"faults": self._edge.faults.report()})

    async def _add_fault(self, request: web.Request) -> web.Response:
        rule = rule_from(await _object(request))
        if rule.route not in {route.name for route in self._marketplace.routes}:
            raise BadRuleError(f"no route {rule.route!r}; write it as method and path template")
        return web.json_response({"id": self._edge.faults.add(rule)}, status=201)

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._edge.faults.clear()
        return web.json_response({"faults": []})

    async def _remove_fault(self, request: web.Request) -> web.Response:
        done = self._edge.faults.remove(int(request.match_info["id"]))
        return web.json_response({"removed": _found(done)})

    async def _list_holds(self, _request: web.Request) -> web.Response:
        return web.json_response({"holds": self._edge.holds.report()})

    async def _release(self, request: web.Request) -> web.Response:
        wish = await _object(request)
        count = self._edge.holds.release(wish.get("id"), effect=wish.get("effect"))
        return web.json_response({"released": count})


@web.middleware
async def _explain(request: web.Request, handler: Any) -> web.StreamResponse:
    """Answer a caller's mistake with its reason instead of a bare 500."""
    try:
        answer: web.StreamResponse = await handler(request)
    except (ValueError, TypeError) as mistake:
        return web.json_response({"error": str(mistake)}, status=400)
    return answer


async def _object(request: web.Request) -> dict[str, Any]:
    if not await request.read():
        return {}
    value = await request.json()
    if not isinstance(value, dict):
        raise TypeError("the body has to be a JSON object")
    return value


def _found(value: T | None) -> T:
    """The value, or 404 when there is none (nothing by that name)."""
    if not value:
        raise web.HTTPNotFound(text="nothing by that name")
    return value
