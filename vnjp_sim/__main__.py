"""`python -m vnjp_sim`."""

import os
import sys


def start() -> None:
    """Run the command line; an interrupt while it loads ends as one later does."""
    try:
        from vnjp_sim.cli import main
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.stderr.flush()
        os._exit(130)
    main()


if __name__ == "__main__":
    start()
