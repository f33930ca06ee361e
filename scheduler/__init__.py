"""The clock: wakes up for due rows, claims them and dispatches what they ask for."""
