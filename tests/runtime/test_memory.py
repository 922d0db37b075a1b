"""memory.py: what the C library keeps is given back."""

import subprocess
import sys

from scrobblerd.runtime.memory import give_back

KEEPS = """
from pathlib import Path
from scrobblerd.runtime.memory import give_back

def megabytes():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024

kept = [bytes(50_000) for _ in range(1000)]
last = bytes(50_000)  # above the others, so that they can't be cut off
before = megabytes()
del kept
give_back()
print(before - megabytes())
"""


def test_memory_that_is_free_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", KEEPS], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 30


def test_it_does_no_harm_twice() -> None:
    give_back()
    give_back()
