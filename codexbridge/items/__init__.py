"""Floor 4: cells to items with a lifecycle; exact text out of rendered text."""
