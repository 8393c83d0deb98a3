"""States of promises and plans that mean the same, and how often one pays."""

from .values import Rhythm

RHYTHMS = {
    "weekly": Rhythm(1, "weeks"),
    "fortnightly": Rhythm(2, "weeks"),
    "monthly": Rhythm(1, "months"),
    "quarterly": Rhythm(3, "months"),
}
# It waits for an answer; what it is about rests until the answer is due
WAITING = ("proposed", "to_approve", "offered")
# It holds: money fills it, and what it is about rests
LIVE = ("accepted", "running")
OVER = ("kept", "broken", "refused", "expired", "cancelled")
