"""What a job's sandbox may reach: decided by the operator, added to by the repository, and by nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from github_app.domain.job_report import JobReport
from github_app.operator.doctor.egress import egress_finding, policy_of
from github_app.replies.seen import what_was_seen
from github_app.replies.wording import MAX_HOSTS_SHOWN, blocked
from github_app.service.backends import open_backend
from github_app.settings.allow_list import EgressKind, checked_entries
from github_app.settings.egress import Allowed, EgressPolicy, have_tools, not_allowed
from github_app.settings.environment import load_settings
from github_app.settings.operator import Settings, SettingsError
from github_app.settings.repository_file import read_settings
from sandbox.modal import ModalBackend
from sandbox.protocol import ANYTHING
from sandbox.registries import ECOSYSTEMS

GATEWAY = "https://harvest.acme.dev"


def policy(*, limitable: bool = True, service_url: str = GATEWAY, **settings: Any) -> EgressPolicy:
    return EgressPolicy.of(Settings(_env_file=None, **settings), service_url, limitable=limitable)


def test_a_sandbox_is_created_with_the_gateway_and_github_alone() -> None:
    assert set(policy().at_first().hosts or ()) == {
        "harvest.acme.dev",
        "github.com",
        "api.github.com",
        "codeload.github.com",
        "objects.githubusercontent.com",
        "raw.githubusercontent.com",
        "release-assets.githubusercontent.com",
    }


def test_a_server_of_ones_own_needs_nothing_of_github_com() -> None:
    own = policy(GITHUB_SERVER_URL="https://git.acme.dev", GITHUB_API_URL="https://git.acme.dev/api/v3")
    assert own.at_first().hosts == ("harvest.acme.dev", "git.acme.dev")


def test_in_direct_mode_the_model_stands_in_the_gateways_place() -> None:
    hosts = policy(HARVEST_MODEL_ACCESS="direct", ANTHROPIC_BASE_URL="https://model.acme.dev/x").at_first().hosts or ()
    assert "model.acme.dev" in hosts
    assert "harvest.acme.dev" in hosts, "for tools"
    assert policy(HARVEST_MODEL_ACCESS="direct").needed[:2] == (
        "https://api.anthropic.com",
        "https://harvest.acme.dev/tools",
    )


@pytest.mark.parametrize(
    ("settings", "service_url", "have"),
    [
        ({}, "http://127.0.0.1:8000", True),
        ({"HARVEST_MODEL_ACCESS": "direct"}, "https://harvest.acme.dev", True),
        ({"HARVEST_MODEL_ACCESS": "direct"}, "http://127.0.0.1:8000", False),
        ({"HARVEST_MODEL_ACCESS": "direct", "HARVEST_SANDBOX": "local"}, "http://127.0.0.1:8000", True),
    ],
)
def test_jobs_have_tools_where_a_sandbox_gets_to_the_service(settings: dict[str, str], service_url: str, have: bool) -> None:
    assert have_tools(Settings.model_validate(settings), service_url) is have


def test_where_nothing_is_set_it_is_limited_if_the_backend_can() -> None:
    assert policy(limitable=True).kind == "allowlist"
    assert policy(limitable=False).kind == "open"
    assert policy(limitable=False).at_first().hosts is ANYTHING.hosts is None


@pytest.mark.parametrize("kind", ["open", "none"])
def test_what_is_open_or_closed_is_not_widened_by_anybody(kind: str) -> None:
    assert policy(HARVEST_EGRESS=kind).allowed(["npm", "evil.acme.dev"]) == Allowed((), ())


def test_the_repository_adds_to_the_operators_list() -> None:
    assert policy(HARVEST_EGRESS_ALLOW="pypi,*.acme.dev").allowed(["npm", "*.acme.dev", "pypi", "a.dev"]) == Allowed(
        ("pypi", "npm"), ("*.acme.dev", "a.dev")
    )
    assert policy().allowed([]) == Allowed(ECOSYSTEMS, ())


@pytest.mark.parametrize(
    ("addable", "taken"),
    [
        (("*",), ("npm", "a.dev", "*.acme.dev", "acme.dev", "x.acme.dev")),
        ((), ()),
        (("npm", "*.acme.dev"), ("npm", "*.acme.dev", "x.acme.dev")),
        (("acme.dev",), ("acme.dev",)),
    ],
)
def test_the_operator_says_what_a_repository_may_add(addable: tuple[str, ...], taken: tuple[str, ...]) -> None:
    egress = replace(policy(HARVEST_EGRESS_ALLOW="pypi"), addable=addable)
    allowed = egress.allowed(["npm", "a.dev", "*.acme.dev", "acme.dev", "x.acme.dev"])
    assert (allowed.ecosystems + allowed.hosts) == ("pypi", *taken)


@pytest.mark.parametrize(
    ("operators", "repositorys", "counts"),
    [
        ("open", "none", "none"),
        ("open", "allowlist", "allowlist"),
        ("allowlist", "open", "allowlist"),
        ("none", "allowlist", "none"),
        ("allowlist", None, "allowlist"),
    ],
)
def test_the_narrower_kind_counts(operators: str, repositorys: EgressKind | None, counts: str) -> None:
    assert policy(HARVEST_EGRESS=operators).narrowed(repositorys).kind == counts


@pytest.mark.parametrize("entry", ["", "*", "cargo2", "https://acme.dev", "acme.dev:8443", "10.0.0.5/8", "*.dev", "a b.dev"])
def test_an_entry_that_is_neither_a_host_nor_an_ecosystem_is_refused(
    entry: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"neither a host|is no host"):
        checked_entries([entry])
    if entry:
        monkeypatch.setenv("HARVEST_EGRESS_ALLOW", f"npm,{entry}")
        with pytest.raises(SettingsError, match="HARVEST_EGRESS_ALLOW"):
            load_settings()


def test_the_operator_alone_names_addresses_and_they_count_where_all_else_is_open_too() -> None:
    with pytest.raises(ValueError, match="is no host"):
        checked_entries(["10.1.2.3"])
    for kind, networks in (("allowlist", ("10.1.0.0/16",)), ("open", ("10.1.0.0/16",)), ("none", ())):
        decided = policy(HARVEST_EGRESS=kind, HARVEST_EGRESS_ALLOW="npm,10.1.0.0/16")
        assert decided.networks == networks
        assert "10.1.0.0/16" not in decided.allowed([]).hosts
    assert policy(HARVEST_EGRESS="open", HARVEST_EGRESS_ALLOW="10.1.0.0/16").at_first().networks == ("10.1.0.0/16",)


@pytest.mark.parametrize("kind", ["allowlist", "none"])
def test_a_limit_that_the_local_sandbox_can_t_keep_is_refused_at_the_start(kind: str, tmp_path: Any) -> None:
    claude = tmp_path / "claude"
    claude.touch(mode=0o755)
    given = {"HARVEST_SANDBOX": "local", "HARVEST_LOCAL_UNISOLATED": "1", "HARVEST_CLAUDE_PATH": claude}
    with pytest.raises(SettingsError, match=f"HARVEST_EGRESS={kind}: the local sandbox can't limit"):
        open_backend(Settings(_env_file=None, HARVEST_EGRESS=kind, HARVEST_STATE_DIR=tmp_path, **given))
    assert not open_backend(Settings(_env_file=None, HARVEST_STATE_DIR=tmp_path, **given)).limits_egress


@pytest.mark.parametrize(
    ("url", "reached"),
    [
        ("https://harvest.acme.dev", True),
        ("https://harvest.acme.dev:443", True),
        ("https://harvest.acme.dev:8443", False),
        ("http://harvest.acme.dev", False),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
    ],
)
def test_a_gateway_that_a_limited_sandbox_can_t_reach_is_known_beforehand(url: str, reached: bool) -> None:
    assert policy(service_url=url).out_of_reach() == ([] if reached else [f"{url}/llm"])
    assert policy(service_url=url, HARVEST_EGRESS="open").out_of_reach() == []
    assert policy(service_url=url, HARVEST_SANDBOX="local").out_of_reach() == []


def test_the_doctor_says_what_sandboxes_reach_and_what_they_need_and_can_t() -> None:
    good, bad, cut_off = (
        egress_finding(policy_of(Settings(_env_file=None, HARVEST_PUBLIC_URL=url, HARVEST_EGRESS=kind), ModalBackend()))
        for url, kind in (("https://a.dev", None), ("http://a.dev", None), ("https://a.dev", "none"))
    )
    assert (good.verdict, good.detail) == ("ok", f"allowlist: {', '.join(ECOSYSTEMS)}")
    assert (cut_off.verdict, cut_off.detail) == ("ok", "none: the model and GitHub")
    assert bad.verdict == "warning"
    assert "http://a.dev" in bad.detail
    assert "HARVEST_EGRESS=open" in bad.advice


def test_hosts_are_blocked_that_were_not_reached_and_may_not_be() -> None:
    assert not_allowed(["a.dev", "b.dev", "x.b.dev"], ["b.dev", "*.c.dev"]) == ("a.dev", "x.b.dev")
    assert not_allowed(["a.dev"], None) == ()


def test_blocked_hosts_are_told_with_the_settings_that_would_allow_them() -> None:
    told = blocked(["a.dev", "b.dev"], "allowlist")
    assert "`a.dev`, `b.dev`" in told
    assert "`HARVEST_EGRESS_ALLOW`" in told
    written = told.partition(": `egress")[2].partition("`")[0]
    assert read_settings(f"egress{written}".encode()).egress.allow == ("a.dev", "b.dev")
    assert "HARVEST_EGRESS=allowlist" in blocked(["a.dev"], "none")
    assert told in what_was_seen(JobReport(egress="allowlist", blocked_hosts=("a.dev", "b.dev")))


def test_of_many_blocked_hosts_some_are_named_and_the_others_counted() -> None:
    told = blocked([f"{number}.dev" for number in range(MAX_HOSTS_SHOWN + 3)], "allowlist")
    assert " and 3 more" in told
    assert f"`{MAX_HOSTS_SHOWN}.dev`" not in told
