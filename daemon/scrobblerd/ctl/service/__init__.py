"""service install, remove and status: scrobblerd as a service of the user who runs the command."""
