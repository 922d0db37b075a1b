"""Fixtures of an installed scrobblerd under a real user manager.

A test module takes them with `pytest_plugins = ["tests.on_an_installation"]`. One installation for
root and one for nobody in particular serve all tests of the module, in the order of its file.
"""

from collections.abc import Iterator

import pytest

from tests.conftest import Needs
from tests.installation import NOBODY, Installed, installed_for, require_user_manager


@pytest.fixture(scope="module", params=[0, NOBODY], ids=["root", "nobody"])
def installed(request: pytest.FixtureRequest, needs: Needs) -> Iterator[Installed]:
    """scrobblerd, installed for this user."""
    require_user_manager(needs)
    with installed_for(request.param) as ready:
        yield ready
