"""What the emulated models have in common: their part is written down in a play, and what they are sent in a record.

`play.py` documents the files, `controls.py` what tests ask of such a model. Nothing of one vendor's protocol comes in here.
"""
