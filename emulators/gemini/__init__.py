"""The emulated Gemini: the Gemini API as Google serves it (`v1beta`), with a model whose part is written down in a play.

Here lives what Google's own clients (`google-genai`, `@google/gemini-cli`) need to run without the real model: the protocol
and its plays. Nothing of Harvest comes in here.

Start it with `python -m emulators.gemini --play FILE`; `emulators/plays/play.py` documents the files.
"""
