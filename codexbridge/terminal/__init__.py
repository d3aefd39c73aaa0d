"""Floor 1: bytes to control functions to a pyte screen to frames; terminal replies; key and paste encoding."""
