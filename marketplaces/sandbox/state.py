"""Everything a marketplace's handlers may read and write, in one place."""

import time

from marketplaces.sandbox.documents import Documents
from marketplaces.sandbox.effects import Effects
from marketplaces.sandbox.settings import Settings
from marketplaces.sandbox.store import Store


class State:
    """The marketplaces' state, and the settings under which it is shown."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.documents = Documents(store)
        self.effects = Effects(store)

    def now(self) -> float:
        """Seconds since the epoch: a wall clock, as the state outlives the process."""
        return time.time()

    def seen_from_outside(self) -> float | None:
        """The moment that lagging reads show; None = the present."""
        lag = self.settings.read_lag
        return self.now() - lag if lag else None
