"""What accounts have of the history, and what is sent to them later."""
