"""ListenBrainz's API: its own, and that of servers which speak it too.

A server is a `Profile` (what differs, as data). `client` sends; the other modules are pure.
"""
