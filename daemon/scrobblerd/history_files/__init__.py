"""Files with plays: the formats in which they are written, and those that are read."""
