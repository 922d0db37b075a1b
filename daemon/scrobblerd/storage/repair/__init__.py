"""What is done about a broken file, a full disk and a wrong clock."""
