"""What can be asked about the login."""

from ...accounts.account import Account


class LoginOperations:
    """Log in and out. Every method raises only errors of `errors`."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def get_auth_url(self) -> tuple[str, str]:
        """Returns the URL to approve at, and its token."""
        return await self._account.auth_url()

    async def complete_auth(self, token: str) -> str:
        """Returns the user's name, if the token was approved; "" = the pending token."""
        return await self._account.complete(token.strip())

    async def cancel_auth(self) -> None:
        """Forgets a login that was begun; what was there before stays."""
        await self._account.cancel()

    async def disconnect(self) -> None:
        """Forgets the session and switches off; the queue stays."""
        await self._account.disconnect()
