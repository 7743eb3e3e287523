"""octokit, Probot, PyGithub and GitHub's own MCP server find here what they know from GitHub."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.github.foreign.conftest import HERE, steps
from tests.github_service import GitHubService, running_github
from tests.waiting import wait_until

pytestmark = pytest.mark.campaign


def test_octokit(github: GitHubService, node_folder: Path, asked: dict[str, Any]) -> None:
    shutil.copy(HERE / "octokit.mjs", node_folder)
    said = steps(["node", "octokit.mjs"], node_folder, asked)
    assert len(said) == 15
    assert said["the App by its key"] == github.app["slug"]
    assert said["timeline by paginate"] == ["labeled", "labeled", "commented", "assigned", "locked", "unlocked"]
    assert said["a pull request, its diff and files"] == [True, 1]
    assert said["a review with a comment on a line, its thread by GraphQL"] is True
    assert said["approve and merge"] == "closed"
    assert said["search, notifications, limits"][0] == 1
    assert said["organisation and collaborators"] == "maintain"


def test_pygithub(github: GitHubService, python_folder: Path, asked: dict[str, Any]) -> None:
    said = steps([str(python_folder / "bin" / "python"), str(HERE / "pygithub_run.py")], python_folder, asked)
    assert said["the App by its key"] == github.app["slug"]
    assert said["talk"] == ["labeled", "commented", "assigned", "locked", "unlocked", "closed"]
    assert said["change"] == [["pygithub.txt"], "neutral", ["Why?"], True]
    assert said["people"][:2] == ["write", 1]
    assert said["what is not there"] == 404


def test_probot(github: GitHubService, repo: str, node_folder: Path, asked: dict[str, Any]) -> None:
    shutil.copy(HERE / "probot.mjs", node_folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "ASKED": json.dumps({**asked, "port": port}), "NODE_ENV": "production"}
    process = subprocess.Popen(["node", "probot.mjs"], cwd=node_folder, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        wait_until(lambda: "ready" in process.stdout.readline() if process.stdout else False, "Probot to listen")
        github.point_hook_at(f"http://127.0.0.1:{port}/api/github/webhooks")
        issue = f"{repo}/issues/{github.reader.post(f'{repo}/issues', {'title': 'Hi'})['number']}"
        (answer,) = wait_until(lambda: github.reader.get(f"{issue}/comments"), "Probot's answer")
        assert (answer["body"], answer["user"]["type"]) == ("Hello from Probot", "Bot")
        comment = github.reader.post(f"{issue}/comments", {"body": "Nice"})["id"]
        wait_until(lambda: github.reader.get(f"{repo}/issues/comments/{comment}/reactions"), "Probot's reaction")
        assert {one["status_code"] for one in github.deliveries()} <= {200, 202}
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


class McpServer:
    """GitHub's MCP server as a process, asked over its standard streams. https://modelcontextprotocol.io/specification"""

    def __init__(self, binary: Path, token: str, host: str) -> None:
        environment = {**os.environ, "GITHUB_PERSONAL_ACCESS_TOKEN": token, "GITHUB_HOST": host, "GITHUB_TOOLSETS": "all"}
        self.process = subprocess.Popen(
            [str(binary), "stdio"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._number = 0
        client = {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
        self.ask("initialize", **client)
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": parameters})
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told = json.loads(line)
            if told.get("id") == self._number:
                assert "error" not in told, told
                return told["result"]
        raise AssertionError(f"the MCP server ended at {method}")

    def call(self, tool: str, **arguments: Any) -> Any:
        """What a tool says, read as JSON. Fails when it says that it failed."""
        result = self.ask("tools/call", name=tool, arguments=arguments)
        text = result["content"][0]["text"]
        assert not result.get("isError"), f"{tool}: {text}"
        try:
            return json.loads(text)
        except ValueError:
            return text

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def test_the_mcp_server_of_github(tmp_path: Path, python_folder: Path) -> None:
    """It drops the port of its host: the emulator has to be on port 80."""
    try:
        socket.create_server(("127.0.0.1", 80)).close()
    except OSError as error:
        pytest.skip(f"port 80 is not free for this: {error}")
    with running_github(tmp_path, "--port", "80") as github:
        server = McpServer(python_folder / "bin" / "github-mcp-server", github.maintainer.token, "http://127.0.0.1")
        try:
            tools = {tool["name"] for tool in server.ask("tools/list")["tools"]}
            owner, repo = github.repository.split("/")
            here = {"owner": owner, "repo": repo}
            assert server.call("get_me")["login"] == github.maintainer.login
            issue = server.call("create_issue", **here, title="By MCP", body="Text")["number"]
            server.call("add_issue_comment", **here, issue_number=issue, body="Also by MCP")
            assert server.call("get_issue", **here, issue_number=issue)["title"] == "By MCP"
            assert len(server.call("get_issue_comments", **here, issue_number=issue)) == 1
            part = server.call("create_issue", **here, title="Part", body="Text")
            parts = {**here, "issue_number": issue}
            server.call("add_sub_issue", **parts, sub_issue_id=part["id"])
            other = server.call("create_issue", **here, title="Other part", body="Text")
            server.call("add_sub_issue", **parts, sub_issue_id=other["id"])
            server.call("reprioritize_sub_issue", **parts, sub_issue_id=other["id"], before_id=part["id"])
            listed = [one["number"] for one in server.call("list_sub_issues", **parts)]
            assert listed == [other["number"], part["number"]]
            server.call("remove_sub_issue", **parts, sub_issue_id=part["id"])
            server.call("update_issue", **here, issue_number=part["number"], labels=["bug"], state="closed")
            closed = server.call("list_issues", **here, state="CLOSED", labels=["bug"])
            assert [one["title"] for one in closed["issues"]] == ["Part"]
            assert server.call("list_issues", **here)["totalCount"] >= 2
            assert server.call("search_code", query=f"format_span repo:{github.repository}")["total_count"] > 0
            assert "successfully downloaded text file" in server.call("get_file_contents", **here, path="README.md")
            assert len(server.call("get_file_contents", **here, path="timespan/")) > 1
            server.call("create_branch", **here, branch="mcp", from_branch="main")
            file = {"path": "mcp.txt", "content": "one\n", "message": "Add", "branch": "mcp"}
            server.call("create_or_update_file", **here, **file)
            pull = server.call("create_pull_request", **here, title="MCP", head="mcp", base="main")["number"]
            on_it = {**here, "pullNumber": pull}
            server.call("update_pull_request", **on_it, body="Why", reviewers=[github.reader.login])
            server.call("create_pending_pull_request_review", **on_it)
            on_line = {"path": "mcp.txt", "body": "Why?", "subjectType": "LINE", "line": 1, "side": "RIGHT"}
            server.call("add_comment_to_pending_review", **on_it, **on_line)
            server.call("submit_pending_pull_request_review", **on_it, event="COMMENT", body="So")
            assert len(server.call("get_pull_request_reviews", **on_it)) == 1
            assert len(server.call("get_pull_request_comments", **on_it)) == 1
            assert len(server.call("get_pull_request_files", **on_it)) == 1
            assert "+one" in server.call("get_pull_request_diff", **here, pullNumber=pull)
            assert len(server.call("list_commits", **here)) > 0
            assert server.call("search_issues", query=f"MCP repo:{github.repository} is:issue")["total_count"] == 1
            assert server.call("list_notifications") == []
            server.call("merge_pull_request", **here, pullNumber=pull)
            assert len(tools) > 50
        finally:
            server.close()
        assert github.violations() == []
