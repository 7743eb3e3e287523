"""A secret is found however simply it was disguised."""

from __future__ import annotations

import pytest

from github_app.publish.vet.secret_scan import OWN_SECRET, SecretScan
from sandbox.secret import Secret

TOKEN = "ghp_" + "Zx81Qm4Lw0Tr6Yb3Nc9Kd2Vf5Hs7Jg1Pa4Ue"
OWN = "correct-horse-battery-staple"
DISGUISES = {
    "as it is": lambda token: token.encode(),
    "UTF-16": lambda token: token.encode("utf-16"),
    "UTF-16, big end first": lambda token: token.encode("utf-16-be"),
    "backwards": lambda token: token[::-1].encode(),
    "over two lines": lambda token: f"{token[:15]}\n    {token[15:]}".encode(),
    "over two lines of a string": lambda token: f"{token[:15]}\\\r\n{token[15:]}".encode(),
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
@pytest.mark.parametrize(("secret", "kind"), [(TOKEN, "GitHub token"), (OWN, OWN_SECRET)])
def test_a_disguised_secret_is_found(disguise, secret: str, kind: str) -> None:  # type: ignore[no-untyped-def]
    scan = SecretScan([Secret(OWN)])
    assert set(scan.findings(b"a = 1 " + disguise(secret) + b" b = 2").values()) == {kind}


def test_a_token_goes_on_with_no_line_that_stands_behind_it() -> None:
    assert list(SecretScan().findings(f"{TOKEN}\nnext = 1\n".encode())) == [TOKEN.encode()]
