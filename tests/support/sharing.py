"""How several processes share the tests (`pytest -n 2`): file by file."""

from collections.abc import Generator
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.support.machine import together

ALONE = "tests/package/test_debian.py"
"""It asks for the machine itself, while its package is installed."""


class ByFile(LoadFileScheduling):
    """Shares the files among processes. Those of `systemd` stay together: managers of root share a
    control group, in which a stop of one waits for the daemons of all."""

    def _split_scope(self, nodeid: str) -> str:
        path = super()._split_scope(nodeid)
        return "systemd" if path.startswith("tests/systemd/") else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """The files go out in the order of the stages."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test runs while nobody has the machine alone."""
    if item.nodeid.startswith(ALONE):
        return (yield)
    with together():
        return (yield)
