"""What accounts were sent, and what services show of it."""
