"""Members of our interface about who is logged in."""

from ..signatures import dbus_property, method, signal
from .base import Members


class LoginMembers(Members):
    """Login."""

    @method("url", "token")
    async def GetAuthUrl(self) -> tuple[str, str]:
        """Begin a login: open `url` in a browser, allow access there, then call `CompleteAuth`.

        url: the page to open
        token: names this login; it is good for 60 minutes, also over a restart

        Errors: NotConfigured, Network, Service.
        """
        return await self.operations.login.get_auth_url()

    @method("username")
    async def CompleteAuth(self, token: str) -> str:
        """Finish a login, once access was allowed. Switches scrobbling on.

        token: what `GetAuthUrl` gave; "" = what it gave last
        username: who is logged in now

        Errors: NotConfigured, InvalidArgument, AuthPending, NotAuthenticated, Busy, Network,
            Service.
        """
        return await self.operations.login.complete_auth(token)

    @method()
    async def CancelAuth(self) -> None:
        """Forget a login that was begun, and leave the rest as it is."""
        await self.operations.login.cancel_auth()

    @method()
    async def Disconnect(self) -> None:
        """Forget the login and switch scrobbling off. The queue is kept."""
        await self.operations.login.disconnect()

    # -- signals -----------------------------------------------------------------------------------

    @signal
    def AuthChanged(self, state: str, username: str) -> None:
        """The login has changed.

        state: `pending`, `authenticated`, `disconnected` or `expired`
        username: whose login it is, or was
        """

    # -- properties --------------------------------------------------------------------------------

    @dbus_property
    def Authenticated(self) -> bool:
        """Whether somebody is logged in."""
        return self.properties.authenticated

    @dbus_property
    def Username(self) -> str:
        """Who is, or was last, logged in."""
        return self.properties.username
