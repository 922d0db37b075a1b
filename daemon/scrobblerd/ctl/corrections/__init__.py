"""The commands that add plays to the history, correct and delete them."""
