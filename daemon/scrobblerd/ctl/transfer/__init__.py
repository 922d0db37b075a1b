"""export and import: the history as files."""
