"""Plays a survey as one customer would meet it, without a platform: for staff at a terminal, and for tests."""
