"""Loopback GitHub, Anthropic, Modal, Gemini and Linear that speak the real protocols, for the demo and the tests.

The product knows nothing of them: it is pointed at them by the environment variables that each prints when it is ready.
"""
