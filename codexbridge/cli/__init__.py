"""Floor 8: arguments, progress, tables; no logic."""
