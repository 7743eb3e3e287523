"""Secrets don't get into what Harvest says: known ones in any spelling, and whatever looks like a well-known token."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.text.redact import REDACTED, Redactor, forms_of, redact
from github_app.text.token_formats import TOKEN_FORMATS
from sandbox.secret import Secret

JWT = "eyJhbGciOiJSUzI1NiJ9." + "eyJpc3MiOiIxMjM0In0." + "c2lnbmF0dXJlLW9mLWl0"
BODY = "\n".join(["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7" + "x" * 12] * 5)
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n-----END RSA PRIVATE KEY-----"

# Made up, in the shapes that their makers document; put together here so that no scanner takes this file for a leak.
TOKENS = {
    "GitHub App installation token": ["ghs_" + "A1b2" * 9, "ghs_123456_" + JWT],
    "GitHub token": ["ghp_" + "A1b2" * 9, "gho_" + "A1b2" * 9, "ghu_" + "A1b2" * 9, "ghr_" + "A1b2" * 19],
    "GitHub fine-grained token": ["github_pat_" + "A1b2" * 5 + "CD_" + "A1b2" * 14],
    "Anthropic key": ["sk-ant-" + "api03-" + "A1-_" * 23 + "AA", "sk-ant-" + "oat01-" + "A1-_" * 23],
    "token of a Harvest job": ["harvest-job-" + "A1-_" * 10 + "A1b"],
    "Modal token": ["ak-" + "A1b2" * 5 + "cd", "as-" + "A1b2" * 5 + "cd"],
    "OpenAI key": ["sk-" + "proj-" + "A1b2" * 12, "sk-" + "A1b2" * 5 + "T3Blbk" + "FJ" + "A1b2" * 5],
    "Slack token": ["xox" + "b-123456789012-abcdefghij", "xapp" + "-1-A0123456789-" + "a1" * 10],
    "Slack webhook": ["hooks.slack" + ".com/services/T00000000/B00000000/" + "a1" * 12],
    "AWS access key": ["AKIA" + "ABCDEFGH23456789", "ASIA" + "ABCDEFGH23456789"],
    "Google key": ["AIza" + "A1b2_" * 7, "GOCSPX-" + "A1b2" * 7],
    "GitLab token": ["glpat-" + "A1b2" * 5],
    "npm token": ["npm_" + "A1b2" * 9],
    "PyPI token": ["pypi-AgE" + "IcHlwaS5vcmc" * 6],
    "Stripe key": ["sk_" + "live_" + "A1b2" * 6, "rk_" + "live_" + "A1b2" * 6],
    "SendGrid key": ["SG." + "A1b2" * 5 + "ab." + "A1b2" * 10 + "abc"],
    "Hugging Face token": ["hf_" + "A1b2" * 9],
    "DigitalOcean token": ["dop_v1_" + "0a1b" * 16],
    "private key": [PEM, PEM.replace("\n", "\\n"), PEM.replace("RSA ", ""), PEM.replace("RSA ", "OPENSSH ")],
    "JSON Web Token": [JWT],
}

HARMLESS = [
    "task-force-for-the-basket-of-things",
    "sk-learn and ask-anything-you-like-about-this-long-sentence",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "re.compile('-----BEGIN (RSA )?PRIVATE KEY-----')",
    "ghs_ and ghp_ and github_pat_ are prefixes",
    "npm_config_registry_is_a_very_long_name_of_a_setting",
    "0123456789abcdef0123456789abcdef01234567",
    "as-soon-as-possible",
]


def test_every_format_has_an_example_here() -> None:
    assert {token.name for token in TOKEN_FORMATS} == TOKENS.keys()


@pytest.mark.parametrize(("name", "token"), [(name, token) for name, tokens in TOKENS.items() for token in tokens])
def test_a_well_known_token_is_redacted_and_named(name: str, token: str) -> None:
    assert redact(f'before "{token}" after') == f'before "{REDACTED}" after'
    first = next(form for form in TOKEN_FORMATS if form.text.search(token))
    assert first.name == name
    assert first.bytes.search(token.encode())


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text


SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60)


@given(SECRETS, st.binary(max_size=5), st.binary(max_size=5))
def test_a_known_secret_is_found_in_every_spelling_and_at_every_offset(secret: str, before: bytes, after: bytes) -> None:
    data = secret.encode()
    spellings = [
        secret,
        data.hex(),
        data.hex().upper(),
        quote(secret, safe=""),
        quote_plus(secret),
        base64.b64encode(before + data + after).decode(),
        base64.urlsafe_b64encode(before + data + after).decode(),
    ]
    for spelling in spellings:
        redacted = redact(f"<{spelling}>", [Secret(secret)])
        assert REDACTED in redacted
        assert not [form for form in forms_of(Secret(secret)) if form in redacted.replace(REDACTED, "\0")]


@given(st.text(), st.lists(SECRETS, max_size=3))
def test_redacting_again_changes_nothing(text: str, secrets: list[str]) -> None:
    redactor = Redactor(map(Secret, secrets))
    once = redactor(text + "".join(secrets))
    if not any(form in REDACTED for secret in secrets for form in forms_of(Secret(secret))):
        assert redactor(once) == once


def test_a_private_key_is_known_by_each_of_its_lines() -> None:
    line = BODY.splitlines()[0]

    assert redact(f"key: {line}", [Secret(PEM)]) == f"key: {REDACTED}"


def test_a_line_of_json_stays_json() -> None:
    line = json.dumps({"key": PEM, "token": "ghs_" + "a" * 40, "text": "-----BEGIN PRIVATE KEY-----\n" + "A" * 50})

    assert json.loads(redact(line)) == {"key": REDACTED, "token": REDACTED, "text": REDACTED}


def test_a_value_too_short_to_tell_from_words_is_left_alone() -> None:
    assert redact("the test is a test", [Secret("test")]) == "the test is a test"
