"""The `modal` backend: sandboxes that are containers on Modal.

Here lives what makes a Modal container the isolated machine that `sandbox/protocol.py` describes: how it is created and found
again, what runs in it as whom, its files, its snapshots, and the image it starts from. Modal's SDK is imported nowhere else,
and only when the first call needs it.
"""

from sandbox.modal.backend import ModalBackend
from sandbox.modal.base_image import BaseImage
from sandbox.modal.model_key import ModelKey

__all__ = ["BaseImage", "ModalBackend", "ModelKey"]
