"""Sandboxes on Modal: what the backend adds to the bare SDK, what a job asks of Modal, what many streams weigh.

Modal is the emulated one on this machine: the SDK and everything above it are real, Modal's own times are not in here.
"""
