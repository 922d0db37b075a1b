"""Plays that the user corrects or deletes, here and at the services that have them."""
