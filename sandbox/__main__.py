"""`python -m sandbox` serves; `python -m sandbox build --sims N --seed S` writes a fleet and ends."""

import argparse
import signal
import sys
from types import FrameType

from . import build, config, db


def main(arguments: list[str]) -> int:
    """Exit code: 0 after a clean stop, 2 for a setting that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    builder = parser.add_subparsers(dest="command").add_parser("build", help="write a fleet and end")
    builder.add_argument("--sims", type=int)
    builder.add_argument("--seed", type=int)
    options = parser.parse_args(arguments)
    try:
        return _build(options.sims, options.seed) if options.command else _serve()
    except config.ConfigError as problem:
        print(f"sandbox: {problem}", file=sys.stderr)  # noqa: T201 - the terminal is this program's interface
        return 2


def _build(sims: int | None, seed: int | None) -> int:
    settings = config.read(is_serving=False)
    db.open_file(settings.database)
    sims = settings.sims if sims is None else sims
    seconds = build.build(sims=sims, seed=settings.seed if seed is None else seed)
    print(f"sandbox: {sims:,} SIMs in {seconds:.1f} s at {settings.database}")  # noqa: T201
    return 0


def _serve() -> int:
    settings = config.read()
    # Imported here: building needs no web framework, and Django takes half of the start-up time.
    from . import server  # noqa: PLC0415

    listener = server.listen(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        db.open_file(settings.database)
        if not build.is_built():
            build.build(sims=settings.sims, seed=settings.seed)
        server.serve(listener, settings)
    except _Stopped:
        return 0
    finally:
        listener.server_close()
    return 0


class _Stopped(BaseException):
    """A signal asked us to end."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _Stopped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
