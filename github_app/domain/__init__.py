"""Values that the rooms above hand to each other: an ask, an ending, a report, progress. No I/O, and no rule of one room
alone.
"""
