"""The documentation against the code: names, defaults, files and links that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from jsonschema import Draft202012Validator

from benchmarks.tool_tokens import costs
from docs import draw_rooms, write_guide, write_schema
from github_app.commands.all_verbs import grammar
from github_app.commands.parser import parse
from github_app.domain.issue_keys import MOST_BROUGHT_IN
from github_app.gateway.linear import workspace as linear
from github_app.gateway.linear.answers import MAX_COMMENTS, MAX_TEXT_CHARACTERS
from github_app.gateway.tools.builtin.gemini import TOOLS as GEMINI_TOOLS
from github_app.gateway.tools.builtin.github import TOOLS
from github_app.gateway.tools.builtin.github_writing import WRITING
from github_app.github.tokens import Purpose
from github_app.jobs.own_tools.server import BY_NAME as OWN_TOOLS
from github_app.operator.setup.manifest import LEVELS, read_manifest
from github_app.replies import check_run
from github_app.settings.environment import known_variables
from github_app.settings.repository import LIMITING, all_keys, json_schema
from github_app.settings.repository_file import read_settings
from github_app.settings.tool_servers import Moment, ToolServer, read_tool_servers
from github_app.webhooks.events import HANDLED_EVENTS
from sandbox import browser

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "mcp").glob("*.md")),
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(r"`((?:github_app|sandbox|state|emulators|tests|benchmarks|docs)/[\w./-]*)`")


def test_every_setting_is_documented_with_its_default_and_no_other_is() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| [^|]* \|(.*)\|$", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    documented = {name: default.strip().strip("`") for name, default in rows}
    known = known_variables()
    assert set(documented) == set(known)
    for name, default in known.items():
        if isinstance(default, bool):
            assert documented[name] == str(int(default)), name
        elif isinstance(default, tuple) and default:
            assert documented[name] == ",".join(map(str, default)), name
        elif default not in (None, ()):
            assert documented[name] == str(default), name


def test_every_setting_of_a_repository_is_documented_and_no_other_is() -> None:
    page = (ROOT / "docs/repository-settings.md").read_text()
    assert re.findall(r"^\| `([a-z_.]+)` \|", page, re.MULTILINE) == list(all_keys())
    named = page.partition("**Which branch counts.** ")[2].partition("count as they are on the default branch")[0]
    assert tuple(re.findall(r"`([a-z_]+)`", named)) == LIMITING
    read_settings(page.partition("```yaml\n")[2].partition("```")[0].encode())


def test_every_key_and_every_tool_of_tool_servers_is_documented_and_no_other_is() -> None:
    page = (ROOT / "docs/mcp/README.md").read_text()
    assert re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE) == list(ToolServer.__struct_fields__)
    assert set(read_tool_servers(page.partition("```toml\n")[2].partition("```")[0].encode())) == {"github", "linear"}
    rows = re.findall(r"^\| `([a-z_]+)` \|", (ROOT / "docs/mcp/github.md").read_text(), re.MULTILINE)
    assert rows == [*TOOLS, *WRITING]
    rows = re.findall(r"^\| `([a-z_]+)` \|", (ROOT / "docs/mcp/gemini.md").read_text(), re.MULTILINE)
    assert rows == list(GEMINI_TOOLS)
    rows = re.findall(r"^\| `([a-z_]+)` \|", (ROOT / "docs/mcp/harvest.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(OWN_TOOLS)
    counted = re.findall(r"^\| ([a-z]+) \| (\d+) \| [\d,]+ \|", page, re.MULTILINE)
    assert counted == [(cost.server, str(cost.tools)) for cost in costs()], "run `python -m benchmarks.tool_tokens`"
    page = (ROOT / "docs/mcp/linear.md").read_text()
    assert re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE) == [*linear.READERS, linear.WRITERS[0]]
    (declared,) = read_tool_servers(page.partition("```toml\n")[2].partition("```")[0].encode()).values()
    assert (declared.kind, declared.tell) == ("linear", get_args(Moment))
    for number in (MOST_BROUGHT_IN, MAX_COMMENTS, f"{MAX_TEXT_CHARACTERS:,}", f"{linear.READ_SECONDS:g} seconds"):
        assert f" {number}" in page
    page = (ROOT / "docs/mcp/chrome.md").read_text()
    assert re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE) == list(browser.TOOLS)
    assert set(re.findall(r"\d+\.\d+\.\d+", page)) == {browser.VERSION}
    assert f"These are {len(browser.TOOLS)} of its {len(browser.TOOLS) + len(browser.LEFT_OUT)}:" in page


def test_the_schema_of_a_repositorys_settings_is_that_of_the_code() -> None:
    assert write_schema.SCHEMA.read_text() == write_schema.schema_text(), "run `python docs/write_schema.py`"
    for example, fits in (({"draft": False, "egress": {"allow": ["npm"]}}, True), ({"darft": False}, False)):
        assert Draft202012Validator(json_schema()).is_valid(example) == fits


def test_every_command_that_the_readme_shows_is_read_as_one() -> None:
    table = (ROOT / "README.md").read_text().partition("## What you can say")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    read = [parse(said, grammar("/harvest")).commands for row in rows for said in re.findall(r"`(/harvest[^`]*)`", row)]
    assert read
    assert not [commands for commands in read if len(commands) != 1 or commands[0].unclear]


def test_the_guide_has_the_grammar_as_it_is() -> None:
    page = write_guide.PAGE.read_text()
    assert page == write_guide.page_with_them(page), "run `python docs/write_guide.py`"


def test_every_command_and_button_that_the_guide_names_is_one() -> None:
    page = write_guide.PAGE.read_text()
    written = re.sub(r"<!-- \w+, written by .*?<!-- end", "", page, flags=re.DOTALL)
    read = [(said, parse(said, grammar("/harvest")).commands) for said in re.findall(r"`(/harvest[^`]*)`", written)]
    assert read
    assert not [said for said, commands in read if len(commands) != 1 or commands[0].unclear]
    buttons = {value["label"] for name, value in vars(check_run).items() if name.endswith("_BUTTON")}
    assert buttons == set(re.findall(r"\*\*([A-Z][\w ]+)\*\*", page.partition("| buttons |")[2].partition("\n\n")[0]))


def test_app_yml_asks_for_exactly_the_events_that_are_acted_on() -> None:
    assert sorted(read_manifest().default_events) == sorted(HANDLED_EVENTS)


def test_app_yml_asks_for_exactly_the_permissions_that_tokens_are_minted_with() -> None:
    needed: dict[str, str] = {"metadata": "read"}
    for purpose in set(Purpose) - {Purpose.PUSH_WORKFLOWS}:  # which an operator asks for who wants it
        for name, level in purpose.permissions.items():
            needed[name] = max(needed.get(name, "read"), level, key=LEVELS.__getitem__)
    assert read_manifest().default_permissions == needed
    assert "workflows" not in needed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text()
    missing = [name for name in FILE.findall(text) if not (ROOT / name).exists()]
    for target in LINK.findall(text):
        if not re.match(r"[a-z]+:", target) and not target.startswith("#"):
            path, _, anchor = target.partition("#")
            linked = (page.parent / path).resolve() if path else page
            if not linked.exists() or (anchor and anchor not in anchors(linked)):
                missing.append(target)
    assert not missing


def test_the_rooms_are_drawn_as_the_rules_for_imports_have_them() -> None:
    page = draw_rooms.PAGE.read_text()
    assert page == draw_rooms.page_with_it(page), "run `python docs/draw_rooms.py`"


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_how_a_job_ends_is_said_in_one_place() -> None:
    """Everything else takes its endings from there: a sentence for people is not made up where something went wrong."""
    allowed = {ROOT / "github_app/replies/endings.py", ROOT / "github_app/domain/ending.py"}
    made = re.compile(r"\b(?:Ending|JobOver)\(\s*[\"a-z]")
    files = (path for path in (ROOT / "github_app").rglob("*.py") if path not in allowed)
    assert [str(path.relative_to(ROOT)) for path in files if made.search(path.read_text())] == []
