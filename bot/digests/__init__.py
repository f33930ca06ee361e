"""Digests: what the results say, told to staff by cron."""
