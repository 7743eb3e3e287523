"""What the emulated models have in common: their part is written down in a play, and what they are sent in a record.

`play.py` documents the files. Nothing of one vendor's protocol comes in here.
"""
