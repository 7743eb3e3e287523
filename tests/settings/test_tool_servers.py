"""The operator's file of tool servers: read strictly, and told about in words that say what to do."""

from __future__ import annotations

import pytest

from github_app.settings.tool_servers import ServersUnusable, read_tool_servers

URL = 'url = "https://x.example.com/mcp"\n'


def test_a_server_is_read_with_its_defaults() -> None:
    servers = read_tool_servers(f'[linear]\n{URL}tools = ["a"]\nchanging = ["b"]\n[gh]\nbuiltin = "github"\n'.encode())

    assert list(servers) == ["linear", "gh"]
    linear = servers["linear"]
    assert (linear.calls, linear.seconds, linear.microdollars, linear.credential) == (100, 60.0, 0, None)
    assert (linear.offers(may_change=False), linear.offers(may_change=True)) == (("a",), ("a", "b"))
    assert servers["gh"].serves("Acme/Tide")


def test_gemini_is_given_more_time_and_fewer_calls_unless_told_otherwise() -> None:
    servers = read_tool_servers(b'[a]\nbuiltin = "gemini"\n[b]\nbuiltin = "gemini"\ncalls = 3\nseconds = 9\n')
    assert [(one.calls, one.seconds) for one in servers.values()] == [(20, 180.0), (3, 9.0)]


@pytest.mark.parametrize(
    ("pattern", "repository", "serves"),
    [("acme/*", "ACME/tide", True), ("acme/*", "acmee/tide", False), ("*/tide", "x/tide", True), ("a/b", "a/bc", False)],
)
def test_a_server_is_for_the_repositories_of_its_patterns(pattern: str, repository: str, serves: bool) -> None:
    text = f'[x]\nbuiltin = "github"\nrepositories = ["{pattern}"]\n'
    assert read_tool_servers(text.encode())["x"].serves(repository) == serves


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[x", "it is not TOML"),
        ("x = 1", "x: it is a value, and has to be a table of keys"),
        ("[a_b]\n", "'a_b' is not a server's name"),
        ("[x]\n", "x: it needs either url, or builtin (one of github, gemini)"),
        (f'[x]\n{URL}builtin = "github"\n', "x: it needs either url, or builtin"),
        (f"[x]\n{URL}", "x: tools: name those that jobs may use"),
        (f'[x]\n{URL}tool = ["a"]\n', "x: there is no key 'tool' (did you mean tools?)"),
        (f'[x]\n{URL}tools = ["a b"]\n', "x: tools[0]: expected another form"),
        (f'[x]\n{URL}tools = ["a"]\nchanging = ["a"]\n', "x: tools and changing name a more than once"),
        (f'[x]\n{URL}tools = ["a"]\ncalls = 0\n', "x: calls: expected a whole number >= 1"),
        (f'[x]\n{URL}tools = ["a"]\nheader = "X-Key"\n', "x: header: it says how a credential is sent, and there is none"),
        ('[x]\nurl = "ftp://x"\ntools = ["a"]\n', "x: url: it has to start with https:// (or http://)"),
        ('[x]\nurl = "https://me:pw@x/"\ntools = ["a"]\n', "x: url: a user, a password and a fragment have no place in it"),
        ('[x]\nurl = "http://x.y/"\ncredential = "K"\ntools = ["a"]\n', "x: url: a credential is sent by https:// alone"),
        ('[x]\nbuiltin = "github"\ncredential = "K"\n', "x: a built-in server has no credential"),
        ('[x]\nbuiltin = "github"\ntools = ["create_issue"]\n', "x: tools: create_issue changes something, and is named in"),
        ('[x]\nbuiltin = "github"\nchanging = ["get_issue"]\n', "x: changing: get_issue is none of add_issue_comment, "),
        ('[x]\nbuiltin = "gemini"\nchanging = ["research"]\n', "x: a built-in server has no changing"),
        ('[x]\nbuiltin = "gitlab"\n', "x: builtin: "),
        (f'[chrome]\n{URL}tools = ["a"]\n', "chrome: this is the name of the browser in the sandbox"),
        ('[x]\nbuiltin = ["gitlab"]\n', "x: builtin: "),
        ('[x]\nbuiltin = "gemini"\ndollars = 1\n', "x: a built-in server has no dollars"),
        ('[x]\nbuiltin = "harvest"\n', "x: it needs either url, or builtin (one of github, gemini)"),
        (f'[harvest]\n{URL}tools = ["a"]\n', "harvest: this is the name of Harvest's own server"),
        (f'[x]\n{URL}kind = "linear"\ntools = ["a"]\n', "x: teams: name those whose issues are brought in"),
        (f'[x]\n{URL}kind = "linear"\nteams = ["eng"]\n', "x: teams[0]: expected another form"),
        (f'[x]\n{URL}kind = "linear"\nteams = ["ENG"]\ntell = ["all"]\n', "x: tell[0]: "),
        (f'[x]\n{URL}tools = ["a"]\nteams = ["ENG"]\n', 'x: teams: only a server of kind = "linear" has that'),
        ('[x]\nbuiltin = "github"\nkind = "linear"\n', "x: a built-in server has no kind"),
    ],
)
def test_what_cant_be_used_is_told_by_its_server_and_key(text: str, told: str) -> None:
    with pytest.raises(ServersUnusable) as caught:
        read_tool_servers(text.encode())
    assert told in str(caught.value)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ServersUnusable) as caught:
        read_tool_servers(b'[x]\n[y]\nbuiltin = "gitlab"\n')
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["x", "y"]
