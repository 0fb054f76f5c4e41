"""`python -m vnjp_sim`."""

import os
import signal
import sys


def start() -> None:
    """Run the command line; an interrupt while it loads ends it at once."""
    heeded = signal.getsignal(signal.SIGINT)
    if heeded is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    from vnjp_sim.cli import main

    signal.signal(signal.SIGINT, heeded)
    main()


def _leave(_number: int, _frame: object) -> None:
    """End as an interrupt does; nothing has begun that would have to be undone."""
    sys.stderr.write("interrupted\n")
    sys.stderr.flush()
    os._exit(130)


if __name__ == "__main__":
    start()
