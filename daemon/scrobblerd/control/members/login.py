"""Members of our interface about who is logged in."""

from ...accounts.account import Account
from ..signatures import method, signal


class LoginMembers:
    """Login."""

    def __init__(self, account: Account) -> None:
        self._account = account

    @method("url", "token", joins=True)
    async def GetAuthUrl(self) -> tuple[str, str]:
        """Begin a login: open `url` in a browser, allow access there, then call `CompleteAuth`.

        url: the page to open
        token: names this login; it is good for 60 minutes, also over a restart

        Errors: NotConfigured, Network, Service.
        """
        return await self._account.auth_url()

    @method("username")
    async def CompleteAuth(self, token: str) -> str:
        """Finish a login, once access was allowed. Switches scrobbling on.

        token: what `GetAuthUrl` gave; "" = what it gave last
        username: who is logged in now

        Errors: NotConfigured, InvalidArgument, AuthPending, NotAuthenticated, Busy, Network,
            Service.
        """
        return await self._account.complete(token.strip())

    @method()
    async def CancelAuth(self) -> None:
        """Forget a login that was begun, and leave the rest as it is."""
        await self._account.cancel()

    @method()
    async def Disconnect(self) -> None:
        """Forget the login and switch scrobbling off. The queue is kept."""
        await self._account.disconnect()

    # -- signals ----------------------------------------------------------------------------

    @staticmethod
    @signal
    def AuthChanged(state: str, username: str) -> None:
        """The login has changed.

        state: `pending`, `authenticated`, `disconnected` or `expired`
        username: whose login it is, or was
        """
