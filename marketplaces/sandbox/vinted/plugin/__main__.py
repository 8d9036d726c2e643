"""`python -m marketplaces.sandbox.vinted.plugin --url … --token … --site … --state FILE`

Its statuses go to standard output, one JSON object a line.
"""

import argparse
import dataclasses
import json
import sys

from marketplaces.sandbox.vinted.plugin import command_line
from marketplaces.sandbox.vinted.plugin.command_line import PluginError
from marketplaces.sandbox.vinted.plugin.plugin import Status


def main() -> int:
    parser = argparse.ArgumentParser(prog="marketplaces.sandbox.vinted.plugin")
    command_line.add_arguments(parser)
    try:
        command_line.run(command_line.options_from(vars(parser.parse_args())), _tell)
    except PluginError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _tell(status: Status) -> None:
    sys.stdout.write(json.dumps(dataclasses.asdict(status)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
