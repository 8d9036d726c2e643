"""The API port: turns HTTP into calls, lets a fault strike, has the effect, sends the answer.

An effect, its counters and its line in the log are one transaction. Whatever a fault does to the
answer comes after it, so a cut connection never means a half-done effect.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from marketplaces.sandbox import delivery
from marketplaces.sandbox.faults import FaultRule, Faults
from marketplaces.sandbox.holds import Holds
from marketplaces.sandbox.marketplace import Marketplace
from marketplaces.sandbox.messages import Answer, Call, RefusedError, Route
from marketplaces.sandbox.request_log import RequestLog
from marketplaces.sandbox.state import State

MAX_BODY = 64 * 1024 * 1024
"""Bytes; far above what a marketplace takes, so that its own limit is the one that speaks."""

NO_FAULT = FaultRule(route="", kind="")

logger = logging.getLogger("sandbox")

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Edge:
    """One marketplace's API on the wire."""

    def __init__(
        self,
        state: State,
        marketplace: Marketplace,
        *,
        log: RequestLog,
        faults: Faults,
        holds: Holds,
    ) -> None:
        self.state = state
        self.marketplace = marketplace
        self.log = log
        self.faults = faults
        self.holds = holds
        self._under_way: dict[int, tuple[web.Request, Call]] = {}

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY)
        for route in self.marketplace.routes:
            app.router.add_route(route.method, route.template, self._endpoint(route))
        app.router.add_route("*", "/{anything:.*}", self._endpoint(None))
        return app

    def _endpoint(self, route: Route | None) -> Endpoint:
        if route is None:
            known = Route("*", "unknown", lambda _state, _call: self.marketplace.error(404))
        else:
            known = route

        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(known, request)

        return serve

    async def _serve(self, route: Route, request: web.Request) -> web.StreamResponse:
        call = await _call(route, request)
        call.subject = self.marketplace.subject_of(self.state, call)
        number = self.log.arrived(
            method=call.method, template=route.template, path=call.path, query=call.query
        )
        call.others = self._waiting()
        self._under_way[number] = (request, call)
        try:
            return await self._answer(route, call, number, request)
        finally:
            del self._under_way[number]

    def _waiting(self) -> list[Call]:
        """The calls under way of those who have not left."""
        there = self._under_way.values()
        return [call for request, call in there if not delivery.is_gone(request)]

    async def _answer(
        self, route: Route, call: Call, number: int, request: web.Request
    ) -> web.StreamResponse:
        rule = self._strike(call, number, request.path_qs)
        if rule.kind == "status":
            await asyncio.sleep(rule.delay)
            return self._send(request, number, self._words(rule))
        if not await self._goes_on(rule, call, number, request):
            return delivery.cut(request)
        answer = self._perform(route, call, number)
        return await self._deliver(rule, call, number, request, answer)

    def _strike(self, call: Call, number: int, path: str) -> FaultRule:
        rule = self.faults.take(call.route, path.encode(), call.body, call.subject.encode())
        if rule is None:
            return NO_FAULT
        self.log.spoilt(number, rule.kind)
        return rule

    async def _goes_on(
        self, rule: FaultRule, call: Call, number: int, request: web.Request
    ) -> bool:
        """Wait as the rule says; False when there shall be no effect."""
        if rule.kind == "slow":
            await asyncio.sleep(rule.delay)
        if rule.kind == "hold_before":
            wish = await self._hold(rule, call, number)
            return not delivery.is_gone(request) if wish is None else wish
        return rule.kind != "cut_before"

    async def _hold(self, rule: FaultRule, call: Call, number: int) -> bool | None:
        hold = await self.holds.wait(
            request_id=number,
            route=call.route,
            path=call.path,
            subject=call.subject,
            kind=rule.kind,
            match=rule.match,
        )
        return hold.effect

    def _perform(self, route: Route, call: Call, number: int) -> Answer:
        try:
            with self.state.store.transaction():
                answer = route.handler(self.state, call)
                if answer.effect:
                    self.state.effects.count(call.route, seller=call.seller, subject=call.subject)
                self.log.handled(
                    number, effect=answer.effect, seller=call.seller, subject=call.subject
                )
        except RefusedError as refused:
            answer = refused.answer
            self.log.handled(number, effect=False, seller=call.seller, subject=call.subject)
        except Exception as bug:  # a bug of ours has to be seen, and not end the server
            logger.exception("bug of the sandbox in %s (request %s)", route.name, number)
            self.state.effects.add_violation(f"bug of the sandbox in {route.name}: {bug!r}")
            answer = self.marketplace.error(500)
        for text in call.violations:
            self.state.effects.add_violation(text)
        return answer

    async def _deliver(
        self, rule: FaultRule, call: Call, number: int, request: web.Request, answer: Answer
    ) -> web.StreamResponse:
        match rule.kind:
            case "cut_after":
                return delivery.cut(request)
            case "cut_mid_answer":
                return delivery.half(request, answer)
            case "drip":
                self.log.answered(number, answer.status)
                return await delivery.drip(request, answer, delay=rule.delay)
            case "status_after_effect":
                answer = self._words(rule)
            case "slow_after_effect":
                await asyncio.sleep(rule.delay)
            case "hold_after":
                await self._hold(rule, call, number)
        return self._send(request, number, answer)

    def _send(self, request: web.Request, number: int, answer: Answer) -> web.StreamResponse:
        if not delivery.is_gone(request):
            self.log.answered(number, answer.status)
        return delivery.whole(answer)

    def _words(self, rule: FaultRule) -> Answer:
        spoken = self.marketplace.error(rule.status)
        body = spoken.body if rule.body is None else rule.body
        headers = {**spoken.headers, **rule.headers}
        return Answer(status=rule.status, body=body, page=rule.page, headers=headers)


async def _call(route: Route, request: web.Request) -> Call:
    return Call(
        route=route.name,
        method=request.method,
        path=request.path,
        origin=f"{request.scheme}://{request.host}",
        params=dict(request.match_info),
        query=dict(request.query),
        headers=request.headers,
        body=await request.read(),
    )
