"""Telegram: what customers do there becomes Incoming, what we ask goes out as one request each."""
