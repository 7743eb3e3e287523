"""The units that a length of time is written in, largest first, in seconds."""

HOUR = 3600
MINUTE = 60
SECOND = 1

UNITS = (("h", HOUR), ("m", MINUTE), ("s", SECOND))

SPELLINGS = {
    "h": HOUR,
    "hr": HOUR,
    "hour": HOUR,
    "hours": HOUR,
    "m": MINUTE,
    "min": MINUTE,
    "minute": MINUTE,
    "minutes": MINUTE,
    "s": SECOND,
    "sec": SECOND,
    "second": SECOND,
    "seconds": SECOND,
}
