"""The emulated Anthropic: `/v1/messages` as Anthropic serves it, with a model whose part is written down in a play.

Here lives what the real Claude CLI needs to run without the real model: the protocol and its plays. Nothing of Harvest
comes in here.

Start it with `python -m emulators.anthropic --play FILE`; `emulators/plays/play.py` documents the files.
"""
