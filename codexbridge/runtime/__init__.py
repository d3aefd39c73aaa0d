"""Floor 7: the world. Child process, CODEX_HOME, sidecar, the two ports, boot and shutdown."""
