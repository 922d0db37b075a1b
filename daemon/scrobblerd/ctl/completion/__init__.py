"""completion: the scripts for shells, and what they ask for."""
