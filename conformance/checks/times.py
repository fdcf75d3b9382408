"""ISO 8601 times as the contract's pattern admits them, and what they compare to (R23)."""

import re
from datetime import datetime, timedelta

_FORM = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})T(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)"
)


def instant(text: object) -> datetime | None:
    """The moment that a time with a zone names; None when it has another form, or the day is on no calendar."""
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        day = datetime.fromisoformat(f"{found['day']}T00:00:00{found['zone']}")
    except ValueError:
        return None
    fraction = float(f"0.{found['fraction'] or 0}")
    seconds = int(found["hour"]) * 3600 + int(found["minute"]) * 60 + int(found["second"] or 0) + fraction
    return day + timedelta(seconds=seconds)


def before(one: str, two: str) -> bool:
    """Whether `one` is earlier than `two`, in whole seconds where either tells no fraction; False for no time."""
    moments = [instant(one), instant(two)]
    if not all("." in text or "," in text for text in (one, two)):
        moments = [moment and moment.replace(microsecond=0) for moment in moments]
    first, second = moments
    return first is not None and second is not None and first < second


def same_instant(one: object, two: object) -> bool:
    """Whether both are times and neither is earlier, in whole seconds where either tells no fraction."""
    if not (isinstance(one, str) and isinstance(two, str) and instant(one) and instant(two)):
        return False
    return not (before(one, two) or before(two, one))
