"""The `local` backend: sandboxes that are folders and processes of this machine (Linux only).

Here lives what turns a folder into a sandbox: its record and snapshots, the commands in it and their limits, bubblewrap's
mounts, and the reaper that ends everything a sandbox started. What the agent does in there is none of its business.
"""

from sandbox.local.backend import LocalBackend
from sandbox.local.isolation import Isolation

__all__ = ["Isolation", "LocalBackend"]
