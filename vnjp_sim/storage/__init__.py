"""How results are kept: whole or not at all, under the hash of what made them."""
