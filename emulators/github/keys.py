"""An App's private key, which only the App has: GitHub keeps the public half."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

# What GitHub makes; less is refused by libraries, more only costs time.
_KEY_BITS = 2048


def make_app_key() -> tuple[str, rsa.RSAPublicKey]:
    """A new private key as PEM, and its public half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return pem.decode(), key.public_key()


def write_app_key(path: Path, pem: str) -> None:
    """Where its owner alone can read it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(pem)
