"""The HTML report of a matrix run: pages that open from disk, without a network."""
