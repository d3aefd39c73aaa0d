"""Floor 5: the core. One object that is fed bytes, commands and the time."""
