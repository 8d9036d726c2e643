"""The plugin server's entry point: WebSockets of sellers' browsers, and nothing else.

A process of its own: the admin stays on WSGI, since a tenant's schema belongs to a thread.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stoflow.settings")
get_asgi_application()  # sets Django up before anything of it is imported

from marketplaces.vinted.plugin.consumer import PluginConsumer  # noqa: E402

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def page(scope: dict[str, Any], _receive: Any, send: Send) -> None:
    """/health/ says that the server runs; there are no other pages here."""
    status = 200 if scope["path"] == "/health/" else 404
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"ok\n" if status == 200 else b""})


async def no_plugin(_scope: dict[str, Any], _receive: Any, send: Send) -> None:
    """Plugins connect elsewhere."""
    await send({"type": "websocket.http.response.start", "status": 404, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})


application = ProtocolTypeRouter(
    {
        "http": page,
        "websocket": URLRouter(
            [
                re_path(r"^t/(?P<schema>[a-z0-9_]+)/plugin/$", PluginConsumer.as_asgi()),
                re_path("", no_plugin),  # type: ignore[arg-type]
            ]
        ),
    }
)
