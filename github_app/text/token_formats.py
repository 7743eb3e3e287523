"""What well-known secrets look like: one table for redaction and for the secret scan before a push.

Only formats with a prefix of their own stand here, as their makers document them, so that a hit is a secret and not a guess;
entropy and words like "password" are left to scanners that a person triages.
"""

from __future__ import annotations

import builtins
import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class TokenFormat:
    """`name` is for people; every token has one of the `marks` in it, so that most texts need not be searched.
    `refused_in_code`: publishing it is refused; else it is only redacted."""

    name: str
    marks: tuple[str, ...]
    pattern: str
    refused_in_code: bool = True

    @cached_property
    def text(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def may_be_in(self, content: str | builtins.bytes) -> bool:
        if isinstance(content, str):
            return any(mark in content for mark in self.marks)
        return any(mark.encode() in content for mark in self.marks)

    @cached_property
    def bytes(self) -> re.Pattern[bytes]:
        return re.compile(self.pattern.encode())


_NOT_IN_A_WORD = r"(?<![A-Za-z0-9_-])"
# A key as PEM, its line breaks perhaps escaped as in JSON; a header with no key under it (documentation) is none.
_BREAK = r"(?:\s|\\+[nr])"
_PEM = (
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    rf"{_BREAK}{{1,9}}(?:[A-Za-z-]{{1,30}}: [^\n\\\"]{{1,100}}{_BREAK}{{1,9}}){{0,9}}[A-Za-z0-9+/=]{{40,}}"
    rf"(?:{_BREAK}{{1,9}}[A-Za-z0-9+/=]{{20,}})*(?:{_BREAK}{{1,9}}[A-Za-z0-9+/=]{{1,100}})?"
    rf"(?:{_BREAK}{{1,9}}-----END (?:[A-Z0-9]{{1,20}} ){{0,3}}PRIVATE KEY(?: BLOCK)?-----)?"
)

TOKEN_FORMATS = (
    # https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/; an installation
    # token has carried a JWT since 2026, hence the dots and dashes.
    TokenFormat("GitHub App installation token", ("ghs_",), r"ghs_[A-Za-z0-9._-]{36,}"),
    TokenFormat("GitHub token", ("gho_", "ghp_", "ghr_", "ghu_"), r"gh[opru]_[A-Za-z0-9]{36,}"),
    TokenFormat("GitHub fine-grained token", ("github_pat_",), r"github_pat_[A-Za-z0-9_]{40,}"),
    # https://docs.anthropic.com/en/api/overview (sk-ant-api03-…), `claude setup-token` (sk-ant-oat01-…)
    TokenFormat("Anthropic key", ("sk-ant-",), r"sk-ant-[A-Za-z0-9_-]{20,}"),
    # What Harvest gives a job for its gateway: dead when the job is, and no text to show all the same.
    TokenFormat("token of a Harvest job", ("harvest-job-",), _NOT_IN_A_WORD + r"harvest-job-[A-Za-z0-9_-]{43}"),
    # https://modal.com/docs/reference/modal.config (token id and secret)
    TokenFormat("Modal token", ("ak-", "as-"), _NOT_IN_A_WORD + r"a[ks]-[A-Za-z0-9]{22}(?![A-Za-z0-9_-])"),
    TokenFormat(
        "OpenAI key",
        ("sk-",),
        _NOT_IN_A_WORD + r"sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})",
    ),
    # https://docs.slack.dev/authentication/tokens, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
    TokenFormat("Slack token", ("xox", "xapp-"), r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{20,}"),
    TokenFormat(
        "Slack webhook",
        ("hooks.slack.com/",),
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9]{6,}/[A-Za-z0-9]{6,}/[A-Za-z0-9]{16,}",
    ),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html; those of AWS's own documentation end in
    # EXAMPLE
    TokenFormat(
        "AWS access key",
        ("AKIA", "ASIA"),
        r"(?<![A-Za-z0-9/+_-])(?:AKIA|ASIA)(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}(?![A-Za-z0-9/+_-])",
    ),
    # https://cloud.google.com/docs/authentication/api-keys, https://docs.cloud.google.com/docs/authentication/token-types
    TokenFormat(
        "Google key",
        ("AIza", "GOCSPX-"),
        _NOT_IN_A_WORD + r"(?:AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{28})(?![A-Za-z0-9_-])",
    ),
    # https://docs.gitlab.com/security/tokens/#token-prefixes
    TokenFormat(
        "GitLab token",
        ("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-", "glagent-"),
        _NOT_IN_A_WORD + r"gl(?:pat|dt|rt|cbt|ptt|soat|agent)-[A-Za-z0-9_.-]{20,}",
    ),
    # https://docs.npmjs.com/about-access-tokens, and the secret reporting format of the Python package index
    TokenFormat("npm token", ("npm_",), _NOT_IN_A_WORD + r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    TokenFormat("PyPI token", ("pypi-AgE",), r"pypi-AgE[A-Za-z0-9_-]{50,}"),
    # https://docs.stripe.com/keys; test keys are made to be shown
    TokenFormat("Stripe key", ("k_live_",), _NOT_IN_A_WORD + r"[rs]k_live_[A-Za-z0-9]{20,}"),
    # https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys, https://huggingface.co/docs/hub/security-tokens
    TokenFormat("SendGrid key", ("SG.",), _NOT_IN_A_WORD + r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    TokenFormat("Hugging Face token", ("hf_",), _NOT_IN_A_WORD + r"hf_[A-Za-z0-9]{34,}"),
    # https://docs.digitalocean.com/reference/api/create-personal-access-token/
    TokenFormat("DigitalOcean token", ("doo_v1_", "dop_v1_", "dor_v1_"), _NOT_IN_A_WORD + r"do[opr]_v1_[a-f0-9]{64}"),
    # https://www.rfc-editor.org/rfc/rfc7468#section-10
    TokenFormat("private key", ("PRIVATE KEY",), _PEM),
    # https://www.rfc-editor.org/rfc/rfc7519; tests and documentation are full of harmless ones
    TokenFormat(
        "JSON Web Token", ("eyJ",), r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}", refused_in_code=False
    ),
)
