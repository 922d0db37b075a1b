"""The files of the service and the list of them: what is written, what stays, what is removed."""

import os
import resource
from pathlib import Path

import pytest

from scrobblerd.ctl.errors import Failure
from scrobblerd.ctl.service.service_files import (
    Change,
    Files,
    Places,
    activation_text,
    unit_text,
    wanted,
)
from scrobblerd.installation import installation
from tests.support.paths import ROOT

PEOPLE, SYSTEM = 1000, 113
"""Users: one of the machine's people, and a greeter as display managers have it."""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A home in which nothing is yet."""
    return Places(tmp_path / "config", tmp_path / "data", tmp_path / "run")


def write(places: Places, texts: dict[Path, str], *, force: bool = False) -> list[Change]:
    """What became of each file."""
    return [change for change, _ in Files(places).write(texts, force=force)]


def remove(places: Places, *, force: bool = False) -> list[Change]:
    """What became of each file."""
    return [change for change, _ in Files(places).remove(force=force)]


# -- texts ----------------------------------------------------------------------------------------


def test_the_unit_is_the_one_that_is_shipped_but_for_its_command() -> None:
    shipped = (ROOT / "systemd/scrobblerd.service").read_text()
    made = unit_text(Path("/opt/env/bin/scrobblerd"), PEOPLE)
    theirs, ours = set(shipped.splitlines()), set(made.splitlines())
    assert theirs - ours == {"ExecStart=/usr/bin/scrobblerd"}
    new = [line for line in ours - theirs if not line.startswith("#")]
    assert new == ["ExecStart=/opt/env/bin/scrobblerd"]


def test_nothing_in_it_has_a_fixed_place_but_the_command() -> None:
    made = unit_text(Path("/opt/env/bin/scrobblerd"), PEOPLE)
    assert [line for line in made.splitlines() if "/usr/" in line] == []


def test_a_user_of_the_system_who_asks_for_it_gets_a_unit_that_starts() -> None:
    command = Path("/opt/env/bin/scrobblerd")
    assert "ConditionUser=!@system" in unit_text(command, PEOPLE)
    assert "ConditionUser" not in unit_text(command, SYSTEM)
    assert "ConditionUser" not in unit_text(command, 0)


def test_the_bus_file_names_the_command_and_the_unit() -> None:
    lines = activation_text(Path("/opt/my env/bin/scrobblerd")).splitlines()
    assert lines == [
        "[D-BUS Service]",
        "Name=org.scrobblerd.Scrobbler1",
        'Exec="/opt/my env/bin/scrobblerd"',
        "SystemdService=scrobblerd.service",
    ]


def test_without_systemd_there_is_no_unit(places: Places) -> None:
    assert places.unit in wanted(places, installation(), unit=True)
    assert places.unit not in wanted(places, installation(), unit=False)
    assert places.activation in wanted(places, installation(), unit=False)


@pytest.mark.parametrize("given", ["", "relative/folder"])
def test_folders_are_those_of_xdg_unless_they_are_relative(given: str) -> None:
    home = Path.home()
    places = Places.of({"XDG_CONFIG_HOME": given, "XDG_DATA_HOME": given})
    assert places.unit == home / ".config/systemd/user/scrobblerd.service"
    assert places.activation.is_relative_to(home / ".local/share/dbus-1/services")
    there = Places.of({"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d", "XDG_RUNTIME_DIR": "/r"})
    assert (there.units, there.data, there.runtime) == (
        Path("/c/systemd/user"),
        Path("/d"),
        Path("/r"),
    )


# -- writing and removing -------------------------------------------------------------------------


def test_what_is_removed_is_what_was_written_with_its_folders(
    places: Places, tmp_path: Path
) -> None:
    texts = {places.unit: "ExecStart=a\n", places.activation: "Exec=a\n"}
    assert write(places, texts) == [Change.WROTE, Change.WROTE]
    assert write(places, texts) == [Change.SAME, Change.SAME]
    assert remove(places) == [Change.REMOVED, Change.REMOVED]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_there_or_has_something_of_others_stays(
    places: Places, tmp_path: Path
) -> None:
    places.units.mkdir(parents=True)
    write(places, {places.unit: "ExecStart=a\n", places.activation: "Exec=a\n"})
    other = places.activation.with_name("other.service")
    other.touch()
    remove(places)
    assert list(places.units.iterdir()) == []
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == [other]


def test_a_file_that_was_there_with_the_same_text_is_not_ours_to_remove(places: Places) -> None:
    places.units.mkdir(parents=True)
    places.unit.write_text("ExecStart=a\n")
    assert write(places, {places.unit: "ExecStart=a\n"}) == [Change.SAME]
    remove(places)
    assert places.unit.exists()


def test_an_edit_stays_and_can_still_be_removed_later(places: Places) -> None:
    write(places, {places.unit: "ExecStart=a\n"})
    places.unit.write_text("ExecStart=a\nNice=5\n")
    assert write(places, {places.unit: "ExecStart=a\nnew\n"}) == [Change.KEPT]
    assert remove(places) == [Change.KEPT]
    assert remove(places, force=True) == [Change.REMOVED]
    assert not places.unit.exists()


def test_an_older_text_of_ours_is_written_anew(places: Places) -> None:
    write(places, {places.unit: "ExecStart=a\n"})
    assert write(places, {places.unit: "ExecStart=b\n"}) == [Change.WROTE]
    assert places.unit.read_text() == "ExecStart=b\n"


def test_what_starts_another_one_is_in_the_way(places: Places) -> None:
    places.units.mkdir(parents=True)
    places.unit.write_text("ExecStart=another\n")
    assert Files(places).foreign({places.unit: "ExecStart=a\n"}) == [places.unit]
    places.unit.write_text("ExecStart=a\n# mine\n")
    assert Files(places).foreign({places.unit: "ExecStart=a\n"}) == []


def test_a_link_to_elsewhere_is_not_written_through(places: Places, tmp_path: Path) -> None:
    places.units.mkdir(parents=True)
    target = tmp_path / "dotfiles"
    target.write_text("ExecStart=another\n")
    places.unit.symlink_to(target)
    assert Files(places).foreign({places.unit: "ExecStart=a\n"}) == [places.unit]
    write(places, {places.unit: "ExecStart=a\n"}, force=True)
    assert target.read_text() == "ExecStart=another\n"
    assert places.unit.read_text() == "ExecStart=a\n"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": 5, "folders": []}', "null"])
def test_a_list_that_was_damaged_is_as_none(places: Places, text: str) -> None:
    write(places, {places.unit: "ExecStart=a\n"})
    places.record.write_text(text)
    assert Files(places).written == []
    assert write(places, {places.unit: "ExecStart=a\n"}) == [Change.SAME]


def test_no_room_for_a_file_is_said(places: Places, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("no folder")
    with pytest.raises(Failure, match=r"can.t be (written|read)"):
        write(places, {places.unit: "ExecStart=a\n"})


def test_a_disk_that_is_full_is_said_with_the_file_and_leaves_no_part_of_it(
    places: Places, tmp_path: Path
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(Failure, match=rf"^{tmp_path}/\S+ can't be written: File too large"):
            write(places, {places.unit: "ExecStart=something that is longer than that\n"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_is_written_can_be_read_by_the_bus_under_any_umask(places: Places) -> None:
    before = os.umask(0o022)
    try:
        write(places, {places.activation: "Exec=a\n"})
    finally:
        os.umask(before)
    assert oct(places.activation.stat().st_mode & 0o777) == "0o644"
