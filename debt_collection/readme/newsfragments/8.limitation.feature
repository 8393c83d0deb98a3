The limitation clock is kept for each claim, with its ground and what interrupted it; the
work list warns.
