"""Floor 6: platform events, the projection from items, wake rules, provider failures, redaction."""
