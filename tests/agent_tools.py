"""How a scripted agent uses the tools that it was given: it finds their servers where the Claude CLI does."""

from __future__ import annotations

# Python, for the agent's own machine. `ask` gives MCP's result, or the status and the words of a refusal.
ASK = """
import json, os, urllib.error, urllib.request

def words_of(pid):
    return open(f"/proc/{pid}/cmdline").read().split(chr(0))

def parent_of(pid):
    return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])

agent = os.getpid()
while "--mcp-config" not in words_of(agent):
    agent = parent_of(agent)
words = words_of(agent)
servers = json.loads(words[words.index("--mcp-config") + 1])["mcpServers"]
token = os.environ["HARVEST_TOOLS_TOKEN"]

def post(url, body):
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream",
               "authorization": f"Bearer {token}"}
    try:
        return json.loads(urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)).read())
    except urllib.error.HTTPError as refused:
        return {"result": [refused.code, refused.read().decode()]}

def ask(server, method, **params):
    return post(servers[server]["url"], {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})["result"]

def call(server, tool, **arguments):
    return ask(server, "tools/call", name=tool, arguments=arguments)
"""


def program(text: str, then: str = "") -> str:
    """A shell script that runs this Python with `ask` and `call`, and what it prints goes into what follows (`> file`)."""
    return f"python3 - <<'PROGRAM' {then}\n{ASK}\n{text}\nPROGRAM\n"
