"""Analyses and alerts: the job that makes them, and how they are handed out."""
