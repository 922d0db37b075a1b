"""What goes wrong around the daemon, done to a real one: it is killed, stopped, started twice."""
