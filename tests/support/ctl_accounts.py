"""A daemon with several accounts, for tests of scrobblerctl."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.lastfm import StandIn
from lab.listenbrainz import ListenBrainz
from tests.support.daemon_bench import SOON, UNLIMITED, USER, Bench, running
from tests.support.scrobblerctl import document, said


@dataclass(frozen=True, slots=True)
class Home:
    """A daemon with three accounts: quiet_otter's at Last.fm, which is logged in, another user's
    there, and one at ListenBrainz."""

    bench: Bench
    second: StandIn
    brainz: ListenBrainz
    token: str

    @property
    def token_file(self) -> Path:
        """Where a token is for the daemon while a login is under way."""
        return self.bench.daemon.config_path.parent / "tokens" / "brainz.toml"

    def log_in(self) -> None:
        """Logs in at ListenBrainz."""
        said(self.bench, "login", "brainz", given=self.token)

    def account(self, name: str = "brainz") -> dict[str, Any]:
        """How an account stands."""
        accounts = document(self.bench, "accounts")
        return next(account for account in accounts if account["account"] == name)

    def leaked(self) -> list[Path]:
        """The files of the user's home, but for those of the logins, that hold the token."""
        files = (path for path in self.bench.daemon.home.rglob("*") if path.is_file())
        kept = set(self.bench.daemon.state.glob("login-*.toml"))
        return [
            path for path in files if path not in kept and self.token in path.read_text("latin-1")
        ]


@contextmanager
def several_accounts(folder: Path) -> Generator[Home]:
    """A daemon that runs. The token of a login is nowhere when the test is over."""
    with StandIn() as second, ListenBrainz() as brainz:
        accounts = {
            "second": {"service": "lastfm", "url": second.api_url},
            "brainz": {"service": "listenbrainz", "url": brainz.api_url},
        }
        tables = {**SOON, **UNLIMITED, "accounts": accounts}
        with running(folder, tables=tables) as bench:
            home = Home(bench, second, brainz, brainz.login(USER))
            yield home
            assert not home.token_file.exists()
        assert home.token not in bench.daemon.log
        assert home.leaked() == []


def lines_of(text: str) -> dict[str, str]:
    """What stands beside each label."""
    parts = (re.split(r"  +", line, maxsplit=1) for line in text.splitlines())
    return dict(parts)
