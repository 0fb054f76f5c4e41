"""`python -m vnjp_sim`."""

from vnjp_sim.cli import main

if __name__ == "__main__":
    main()
