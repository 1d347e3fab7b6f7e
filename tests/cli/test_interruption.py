"""Ctrl-C ends a command, whatever swallows it, and does not disturb what clears away."""

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")

BEGIN = """
import signal, sys, time
from amprep.cli.interruption import catch_interruptions, interruption_is_over
signal.signal(signal.SIGINT, signal.default_int_handler)
catch_interruptions()
def interrupted():
    signal.raise_signal(signal.SIGINT)
    time.sleep(0.01)
"""

#: Something swallows the interruption, as an extension module does that is being loaded.
LOST = """
try:
    interrupted()
except KeyboardInterrupt:
    pass
try:
    for _ in range(500):
        time.sleep(0.01)
    print("lost")
except KeyboardInterrupt:
    print("came again")
"""

#: A module is being loaded that falls over an interruption; what loads it does not wonder why.
LOADING = """
import pathlib, tempfile
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "fragile.py").write_text(
        "import __main__\\ntry:\\n    __main__.interrupted()\\n"
        "except KeyboardInterrupt:\\n    raise ImportError('initialization failed')\\n"
    )
    sys.path.insert(0, folder)
    try:
        import fragile
        print("loaded")
        for _ in range(500):
            time.sleep(0.01)
    except KeyboardInterrupt:
        interruption_is_over()
        print("ended")
"""

#: Clearing away takes longer than it takes to look again, with faults of its own.
CLEARING = """
def clear_away():
    try:
        raise OSError("gone already")
    except OSError:
        for _ in range(120):
            time.sleep(0.01)
    for _ in range(60):
        time.sleep(0.01)
    print("cleared")

try:
    try:
        interrupted()
    finally:
        clear_away()
except KeyboardInterrupt:
    interruption_is_over()
    print("ended")
for _ in range(80):
    time.sleep(0.01)
print("quiet")
"""


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (LOST, ["came again"]),
        (LOADING, ["loaded", "ended"]),
        (CLEARING, ["cleared", "ended", "quiet"]),
    ],
)
def test_an_interruption_is_neither_lost_nor_repeated(work, said):
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + work], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.split("\n")[:-1], done.stderr) == (said, "")
