"""Compare two texts about the same things: units, dates, what differs, what is asked about."""
