"""A link without a plugin: a member's own requests to the sandbox's Vinted, over real HTTP."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from marketplaces import http as ours
from marketplaces.http import FilePart, Response
from marketplaces.vinted.plugin.exchange import Request
from tasks.errors import OutcomeUnknownError, TransientError
from tests.sandbox.vinted.member_client import API, MemberClient


@dataclass
class DirectLink:
    member: MemberClient
    sent: list[str] = field(default_factory=list)
    """Method and path of each request, in order."""
    kept_since: datetime | None = None
    """When the oldest of the answers was asked for that a step goes on with."""

    def asked_at(self) -> datetime:
        return self.kept_since or timezone.now()

    def wait_since_answer(self, seconds: float) -> None:
        time.sleep(seconds)

    def send(self, request: Request, doing: str) -> Response:
        self.sent.append(f"{request.method} {request.path}")
        whole = _as_http(request, self.member.site)
        headers: dict[str, str | None] = dict.fromkeys(request.headers, "true")
        if whole.content_type:
            headers["Content-Type"] = whole.content_type
        path = request.path.removeprefix(f"{API}/")
        try:
            reply = self.member.call(request.method, path, whole.content, **headers)
        except (OSError, http.client.HTTPException) as lost:
            error = OutcomeUnknownError if request.writes else TransientError
            raise error(f"No answer when asked to {doing}: {lost}") from lost
        told = {name.lower(): value for name, value in reply.headers.items()}
        return Response(whole, reply.status, told, reply.content)

    def writes(self) -> list[str]:
        return [each for each in self.sent if not each.startswith("GET")]


def _as_http(request: Request, site: str) -> ours.Request:
    url = f"{site}{request.path}"
    if request.file is not None:
        file = request.file
        part = FilePart(file.field, file.name, file.content_type, file.content)
        return ours.Request.with_files(request.method, url, part, fields=request.fields)
    content = b"" if request.json is None else json.dumps(request.json).encode()
    kind = "application/json" if content else ""
    return ours.Request(request.method, url, content=content, content_type=kind)
