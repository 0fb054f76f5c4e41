"""The explorer: a page on this machine, on which levers are moved and their effects seen."""
