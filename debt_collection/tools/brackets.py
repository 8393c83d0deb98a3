"""Scales, clauses and ceilings."""

from .values import CENT, ZERO, MissingScale, exact, round_to


def bracket(amount, scale):
    """Read ``scale`` for ``amount``; nothing is due on nothing.

    A bracket holds from just above its ``over`` up to the next one's.

    :raise MissingScale: no bracket holds the amount
    """
    amount = exact(amount)
    if not amount:
        return ZERO
    row = next((row for row in reversed(scale.brackets) if amount > row.over), None)
    if row is None:
        raise MissingScale(code=scale.code, amount=amount)
    value = row.fixed + (amount - row.over) * row.percent / 100
    if scale.ceiling is not None:
        value = min(value, scale.ceiling)
    return round_to(value, scale.rounding)


def share(amount, percent, rounding=CENT):
    """``percent`` of ``amount``, rounded once, half-up."""
    return round_to(exact(amount) * exact(percent, "percent") / 100, rounding)


def clause_amount(amount, percent=None, minimum=None, maximum=None, rounding=CENT):
    """Lump sum of a clause: a percentage between two bounds; 0 without a clause."""
    if percent is None and minimum is None:
        return ZERO
    value = share(amount, percent if percent is not None else 0, rounding)
    if minimum is not None:
        value = max(value, exact(minimum, "minimum"))
    if maximum is not None:
        value = min(value, exact(maximum, "maximum"))
    return value


def capped(claimed, ceiling, void_above=False):
    """``claimed`` limited to ``ceiling``; a clause void above it gives nothing."""
    claimed, ceiling = exact(claimed, "claimed"), exact(ceiling, "ceiling")
    if claimed <= ceiling:
        return claimed
    return ZERO if void_above else ceiling


def capped_parts(parts, ceiling):
    """Cut ``parts`` so that their sum stays under ``ceiling``; the last ones first."""
    room, kept = exact(ceiling, "ceiling"), []
    for part in parts:
        kept.append(min(exact(part, "part"), room))
        room -= kept[-1]
    return kept
