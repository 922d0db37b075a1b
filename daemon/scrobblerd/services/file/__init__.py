"""A file of the user's as a service: one line a play, which other programs import."""
