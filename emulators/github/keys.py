"""The App's private key: made when the emulator starts, and left where Harvest is told to find it."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

# What GitHub makes; less is refused by libraries, more only costs time.
_KEY_BITS = 2048


def make_app_key(path: Path) -> rsa.RSAPublicKey:
    """Write a new private key as PEM, readable by its owner alone, and give its public half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    return key.public_key()
