"""A login that is kept in a file alone."""

from scrobblerd.accounts.session_file import SessionFile


class FileLogin(SessionFile):
    """A store for an `Account`, of a session.toml that keeps the key, too."""

    waits_for = ""

    async def recall(self) -> None:
        """Its key is never away."""
