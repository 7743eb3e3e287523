"""Loading what stands on the tool protocol's SDK: late, since a service that has nothing to do is smaller without it, and by
one thread at a time. The SDK's modules import each other: two threads that begin at different ones would each find half of
what the other is reading, which is an ImportError.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def loading() -> Iterator[None]:
    """Around each such import. Blocks, and keeps other threads from their turn for no longer than it must: a job's first steps
    wait for theirs a hundred times meanwhile."""
    with _ONE_AT_A_TIME:
        usual = sys.getswitchinterval()
        sys.setswitchinterval(usual / 20)
        try:
            yield
        finally:
            sys.setswitchinterval(usual)
