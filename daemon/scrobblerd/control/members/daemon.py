"""Members of our interface about the daemon as a whole."""

from ... import __version__
from ..answers import Finding
from ..signatures import dbus_property, method
from .base import Members


class DaemonMembers(Members):
    """Is all well?"""

    @method("findings")
    async def Diagnose(self) -> list[Finding]:
        """Is all well? What each check found.

        check: `keys`, `login`, `server`, `queue`, `players`, `database`, `disk`, `clock`, `unit` or
            `library`
        ok: whether it is well
        message: what was found
        remedy: what to do; "" = nothing
        """
        return await self.operations.daemon.diagnose()

    # -- properties --------------------------------------------------------------------------------

    @dbus_property
    def Version(self) -> str:
        """The program's version."""
        return __version__

    @dbus_property
    def Status(self) -> str:
        """One line for people: what plays, who is logged in, what waits."""
        return self.properties.status
