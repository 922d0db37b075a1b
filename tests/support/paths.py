"""Where things stand in a checkout."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The checkout."""

TESTS = ROOT / "tests"
RECORDINGS = TESTS / "traces" / "recordings"
"""What real players were recorded to say."""

OLD_JOURNAL = TESTS / "tracking" / "journal-of-0.1.0.json"
"""What the tracker of version 0.1.0 kept 50 s into a play."""
