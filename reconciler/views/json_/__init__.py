"""JSON for scripts: the documents as they are, keys in the order of their records."""
