"""Three sizes of failure: the file, one row of it, and the place that it is written to."""

from __future__ import annotations

from tasks.errors import StoFlowError
from tasks.sentences import sentence


class CatalogueFileError(StoFlowError):
    """The file as a whole cannot be imported; nothing was changed."""


class RowError(StoFlowError):
    """One row, or one photo, cannot be imported; the rest of the file goes on."""


class ImportStoppedError(StoFlowError):
    """The database or the storage of photos failed half-way; what was saved before stays."""

    default_advice = sentence(
        "Run the same import again once the cause is gone: it goes on where it stopped."
    )
