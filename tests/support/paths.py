"""Where things stand in a checkout."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The checkout."""

TESTS = ROOT / "tests"
RECORDINGS = TESTS / "traces" / "recordings"
"""What real players were recorded to say."""
