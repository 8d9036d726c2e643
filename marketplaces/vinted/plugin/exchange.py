"""A request that a plugin is to make, as a value."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplaces import http

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FormFile:
    """The one file of a form."""

    field: str
    name: str
    content_type: str
    content: bytes = dataclasses.field(repr=False)

    def described(self) -> Json:
        """What stands for it in a command; its bytes follow piece by piece."""
        return {
            "field": self.field,
            "name": self.name,
            "content_type": self.content_type,
            "size": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
        }


@dataclass(frozen=True, slots=True)
class Request:
    """One request to Vinted's site; the browser adds what proves who is signed in."""

    method: str
    path: str
    """From /api/v2 on, with its query."""
    json: Json | None = None
    fields: Mapping[str, str] = dataclasses.field(default_factory=dict)
    file: FormFile | None = None
    headers: tuple[str, ...] = ()
    """Names out of the three that the protocol knows; their value is "true"."""

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    def described(self) -> Json:
        """As the protocol has it."""
        form = None
        if self.file is not None:
            form = {"fields": dict(self.fields), "file": self.file.described()}
        return {
            "method": self.method,
            "path": self.path,
            "headers": dict.fromkeys(self.headers, "true"),
            "json": self.json,
            "form": form,
        }


def sent_as(request: Json, site: str) -> http.Request:
    """The request as it leaves the browser, but for what the browser adds."""
    content, content_type = b"", ""
    if request["json"] is not None:
        content = json.dumps(request["json"], ensure_ascii=False).encode()
        content_type = "application/json"
    elif request["form"] is not None:
        content, content_type = b"?" * request["form"]["file"]["size"], "multipart/form-data"
    return http.Request(
        request["method"],
        f"{origin(site)}{request['path']}",
        headers=request["headers"],
        content=content,
        content_type=content_type,
    )


def origin(site: str) -> str:
    """The address of a site: https, but for a stand-in on this machine."""
    host = site.partition(":")[0]
    return f"{'http' if http.is_loopback(host) else 'https'}://{site}"


def request_hash(described: Json) -> str:
    """Equal for requests that are the same, files included."""
    canonical = json.dumps(described, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
