"""The Audioscrobbler 2.0 protocol: Last.fm's, and that of services which speak it too.

A service is a `Profile` (what differs, as data) in an `AudioscrobblerService`. `client` sends; the
other modules are pure.
"""
