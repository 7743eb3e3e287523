"""How the scripted agent calls Harvest's own tools."""

from __future__ import annotations

import json
from typing import Any

# Prints whether it was an error, and the text.
_CALL = """
python3 - <<'PROGRAM' >> {out}
import json, os, urllib.request
url = os.environ["ANTHROPIC_BASE_URL"].removesuffix("/llm") + "/tools/harvest"
headers = {{"content-type": "application/json", "accept": "application/json, text/event-stream",
           "authorization": "Bearer " + os.environ["HARVEST_TOOLS_TOKEN"]}}
body = {{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": json.loads({params!r})}}
answer = urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=120)
result = json.loads(answer.read())["result"]
print(json.dumps([result["isError"], result["content"][0]["text"]]))
PROGRAM
"""


def call(tool: str, arguments: dict[str, Any], *, out: str = "/dev/null") -> str:
    """A script that calls this tool; what it says is added to the file `out` as a line of JSON."""
    return _CALL.format(out=out, params=json.dumps({"name": tool, "arguments": arguments}))
