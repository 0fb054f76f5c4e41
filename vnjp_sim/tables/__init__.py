"""Tables of text for a terminal."""
