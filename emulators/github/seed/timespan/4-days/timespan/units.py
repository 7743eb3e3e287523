"""The units that a length of time is written in, largest first, in seconds."""

WEEK = 7 * 24 * 3600
DAY = 24 * 3600
HOUR = 3600
MINUTE = 60
SECOND = 1

UNITS = (("w", WEEK), ("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND))

SPELLINGS = {
    "w": WEEK,
    "week": WEEK,
    "weeks": WEEK,
    "d": DAY,
    "day": DAY,
    "days": DAY,
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
