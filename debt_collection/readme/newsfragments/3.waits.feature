A released letter and its queued mail ask the contact gate again before they leave and
wait with their reason; the list of letters says why each one waits.
