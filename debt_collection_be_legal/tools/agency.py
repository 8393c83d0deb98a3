"""Hours in which a collector stays away from a consumer's door."""


def overlaps_night(start, end, opens, closes):
    """Whether a visit touches the forbidden hours of the night.

    A visit that ends before it starts goes on past midnight.

    :param float start: hour of the day the visit starts, 21.5 for 21:30
    :param float end: hour of the day it ends
    :param opens: first allowed hour of the day
    :param closes: last allowed hour of the day
    """
    return end < start or start < opens or end > closes
