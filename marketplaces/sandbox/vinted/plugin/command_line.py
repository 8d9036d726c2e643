"""The plugin's options and its life in a terminal, for `python -m` and for `manage.py`."""

import argparse
import asyncio
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marketplaces.sandbox.vinted.plugin.browser import SignInError
from marketplaces.sandbox.vinted.plugin.journal import JournalError
from marketplaces.sandbox.vinted.plugin.plugin import Options, Plugin, RefusedError, Status, Waits

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


_EXPECTED = (RefusedError, SignInError, JournalError)


class PluginError(Exception):
    """The plugin cannot run; the text says why."""


def add_arguments(parser: argparse.ArgumentParser, *, state: Path | None = None) -> None:
    """`state` is where its memory is unless somebody says otherwise."""
    parser.add_argument(
        "--url", required=True, help="StoFlow's address for plugins: ws://…/t/SCHEMA/plugin/"
    )
    parser.add_argument("--token", required=True, help="the account's token, shown once")
    parser.add_argument("--site", required=True, help="the sandbox's Vinted: http://127.0.0.1:PORT")
    parser.add_argument("--username", required=True, help="a seller of that site")
    parser.add_argument("--password", required=True)
    parser.add_argument(
        "--state",
        type=Path,
        default=state,
        required=state is None,
        help="SQLite file with what it has begun and been answered; made if absent",
    )
    parser.add_argument("--watch", type=float, default=Waits.watch, help=argparse.SUPPRESS)
    parser.add_argument("--first-wait", type=float, default=Waits.first, help=argparse.SUPPRESS)
    parser.add_argument("--longest-wait", type=float, default=Waits.longest, help=argparse.SUPPRESS)


def options_from(given: Mapping[str, Any]) -> Options:
    site, url = urlsplit(given["site"]), urlsplit(given["url"])
    if site.scheme != "http" or site.hostname not in LOOPBACK:
        raise PluginError(
            f"{given['site']} is not on this machine. This plugin signs in with a password and is "
            "for the sandbox's Vinted alone; the real one needs the browser's extension."
        )
    if url.scheme not in {"ws", "wss"} or (url.scheme == "ws" and url.hostname not in LOOPBACK):
        raise PluginError(f"{given['url']} is no wss:// address, nor ws:// on this machine.")
    return Options(
        url=given["url"],
        token=given["token"],
        site=given["site"],
        username=given["username"],
        password=given["password"],
        state=given["state"],
        waits=Waits(watch=given["watch"], first=given["first_wait"], longest=given["longest_wait"]),
    )


def run(options: Options, tell: Callable[[Status], None]) -> None:
    """Until SIGTERM or SIGINT; PluginError when it can't go on."""
    try:
        asyncio.run(_until_stopped(Plugin(options, tell)))
    except _EXPECTED as error:
        raise PluginError(str(error)) from None
    except ExceptionGroup as group:
        expected = group.subgroup(_EXPECTED)
        if expected is None:
            raise
        raise PluginError(str(_first(expected))) from None


async def _until_stopped(plugin: Plugin) -> None:
    task = asyncio.ensure_future(plugin.run())
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
