"""Fixtures of an installed scrobblerd under a real user manager.

A test module takes them with `pytest_plugins = ["tests.on_an_installation"]`. One installation for
root and one for nobody in particular serve all these modules; for each of them it is as new, and
then serves its tests in the order of its file.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.conftest import Needs
from tests.installation import NOBODY, UNIT, Installed, installed_for, require_user_manager


@pytest.fixture(scope="session")
def installations(needs: Needs) -> Iterator[Callable[[int], Installed]]:
    """The installation of a user, made when it is asked for."""
    require_user_manager(needs)
    with ExitStack() as stack:

        @cache
        def of(uid: int) -> Installed:
            return stack.enter_context(installed_for(uid))

        yield of


@pytest.fixture(scope="module", params=[0, NOBODY], ids=["root", "nobody"])
def installed(
    request: pytest.FixtureRequest, installations: Callable[[int], Installed]
) -> Iterator[Installed]:
    """scrobblerd, installed for this user. It does not run on: managers of root share a control
    group, in which a stop of one waits for the daemons of all."""
    ready = installations(request.param)
    ready.be_as_new()
    yield ready
    ready.session.run("systemctl", "--user", "stop", UNIT)
