"""Floor 7: scripted model, Codex releases, scenarios, recorder, replay, regression."""
