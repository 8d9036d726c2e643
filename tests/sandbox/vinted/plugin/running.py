"""The plugin in a thread of the test's own process: quick to start, and it can't be killed."""

import asyncio
import dataclasses
import threading
import time
from pathlib import Path
from typing import Any, Self

from marketplaces.sandbox.vinted.plugin.plugin import Options, Plugin, Status, Waits

QUICK = Waits(first=0.05, longest=0.2, refused=1.0, welcome=2.0, watch=60.0)


class PluginThread:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.statuses: list[Status] = []
        self.error: BaseException | None = None

    def start(self, **changes: Any) -> Self:
        self.options = dataclasses.replace(self.options, **changes)
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._started.wait(10)
        return self

    def wait_for(self, phase: str, *, seconds: float = 30.0) -> None:
        ends_at = time.monotonic() + seconds
        while not self.statuses or self.statuses[-1].phase != phase:
            assert self._thread.is_alive(), f"The plugin has ended: {self.error!r}"
            assert time.monotonic() < ends_at, f"The plugin is not {phase}: {self.statuses}"
            time.sleep(0.01)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.ends()

    def ends(self) -> None:
        """Wait until it has ended, by itself or because it was stopped."""
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.ensure_future(Plugin(self.options, self.statuses.append).run())
        self._started.set()
        await self._task


def options(
    *,
    url: str,
    site: str,
    state: Path,
    username: str,
    password: str,
    token: str = "a-token",  # noqa: S107 - opens nothing
) -> Options:
    return Options(
        url=url,
        token=token,
        site=site,
        username=username,
        password=password,
        state=state,
        waits=QUICK,
    )
