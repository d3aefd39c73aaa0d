"""Floor 2: frames and insertions to stable logical lines, a committed prefix and a live tail."""
