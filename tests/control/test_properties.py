"""Properties are named after the values that they show; a setting that can be changed has one."""

from dbus_next.constants import PropertyAccess

from scrobblerd.config.runtime_settings import CHANGEABLE, SETTINGS
from scrobblerd.control.properties import Properties, property_name
from tools.members import SHOWN

PROPERTIES = {each.name: each for each in SHOWN.properties}


def test_each_value_is_shown_by_the_property_of_its_name():
    assert Properties().by_name().keys() == PROPERTIES.keys()


def test_each_setting_that_can_be_changed_is_a_property_of_its_type():
    writable = {name for name, each in PROPERTIES.items() if each.access.writable()}
    assert writable == {property_name(name) for name in CHANGEABLE}
    for name, row in CHANGEABLE.items():
        assert PROPERTIES[property_name(name)].signature == row.signature
        assert PROPERTIES[property_name(name)].access is PropertyAccess.READWRITE
        assert row.signature in row.accepts


def test_a_setting_that_has_methods_of_its_own_is_no_property_that_can_be_set():
    assert SETTINGS.keys() - CHANGEABLE.keys() == {"paused_until", "private"}
    assert "PausedUntil" not in PROPERTIES


def test_what_differs_is_seen():
    properties = Properties(settings={"enabled": True, "scrobble_threshold": 50})
    before = properties.by_name()
    properties.settings = {"enabled": True, "scrobble_threshold": 60}
    properties.queued = 1
    after = properties.by_name()
    assert {name for name, value in after.items() if value != before[name]} == {
        "ScrobbleThreshold",
        "Queued",
    }
