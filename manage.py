#!/usr/bin/env python3
"""`manage.py run` starts everything; every other command joins the portal that runs, in any terminal."""

import os
import sys
import time

from django.core.management import execute_from_command_line

from smarthub_portal.run import config, main, runenv

BEGUN = time.monotonic()
# They need neither servers nor keys: a machine is being prepared, or nothing is touched at all.
WITHOUT_DATABASE = {
    "collectstatic",
    "makemessages",
    "compilemessages",
    "help",
    "version",
    "--help",
    "-h",
    "--version",
}


def start(argv: list[str]) -> int:
    """Return the exit code."""
    command = argv[1] if len(argv) > 1 else "help"
    if command == "run":
        return main.run(BEGUN)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarthub_portal.settings")
    if command not in WITHOUT_DATABASE:
        runenv.load(config.data_folder())
        if not os.environ.get("DATABASE_URL"):
            sys.stderr.write("No database: start the portal with `make run` first, or set DATABASE_URL.\n")
            return 1
    execute_from_command_line(argv)
    return 0


if __name__ == "__main__":
    sys.exit(start(sys.argv))
