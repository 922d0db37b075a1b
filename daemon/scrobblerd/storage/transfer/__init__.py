"""The history on its way out, and in."""
