"""What stands on the tool protocol's SDK is loaded whole, whoever comes to need it at the same moment."""

from __future__ import annotations

import subprocess
import sys

AT_ONCE = """
import threading
from github_app.gateway.tools import app, servers
meet, failed = threading.Barrier(2), []
def load(it):
    meet.wait()
    try: it()
    except ImportError as error: failed.append(error)
both = [threading.Thread(target=load, args=(it,)) for it in (app.load_protocol, servers._load)]
for each in both: each.start()
for each in both: each.join()
assert not failed, failed
"""


def test_two_that_need_the_protocols_sdk_at_once_both_get_it() -> None:
    ran = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
