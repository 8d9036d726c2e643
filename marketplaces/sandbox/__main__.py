"""`python -m marketplaces.sandbox --port 0 --control-port 0 --state FILE.sqlite3`"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from marketplaces.sandbox.server import MARKETPLACES, Options, run
from marketplaces.sandbox.settings import Settings


def options_from(arguments: Sequence[str] | None = None) -> Options:
    default = _settings_of_marketplace(arguments)
    parser = argparse.ArgumentParser(prog="marketplaces.sandbox", description=__doc__)
    parser.add_argument("--marketplace", choices=sorted(MARKETPLACES), default="ebay")
    parser.add_argument("--port", type=int, default=0, help="of the API; 0 = a free one")
    parser.add_argument("--control-port", type=int, default=0, help="0 = a free one")
    parser.add_argument("--state", type=Path, required=True, help="SQLite file; made if absent")
    parser.add_argument("--ready-file", type=Path, help="gets the ports as JSON once it listens")
    for name, value in default.as_dict().items():
        kind = type(value)
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=kind, default=value, help=f"(default {value})"
        )
    given = parser.parse_args(arguments)
    default.change({name: getattr(given, name) for name in default.as_dict()})
    return Options(
        marketplace=given.marketplace,
        port=given.port,
        control_port=given.control_port,
        state=given.state,
        ready_file=given.ready_file,
        settings=default,
    )


def _settings_of_marketplace(arguments: Sequence[str] | None) -> Settings:
    """Each marketplace has settings of its own, so its name has to be known before the rest."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--marketplace", choices=sorted(MARKETPLACES), default="ebay")
    given, _ = first.parse_known_args(arguments)
    return MARKETPLACES[given.marketplace]().settings()


if __name__ == "__main__":
    run(options_from())
