"""The scripted model: a Responses API server on loopback that plays a scenario and keeps the truth."""
