"""Floor 3: rules as data, one file per look; the release table; lines to cells."""
