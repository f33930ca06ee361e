"""Outgoing webhooks: signed requests to other systems, to public addresses only."""
