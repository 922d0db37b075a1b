"""Maloja by its own API (docs/protocol.md §12.4), one play a request.

Its entrance for clients of ListenBrainz checks logins, and takes the plays if nothing else is let
through to it.
"""
