"""Texts in the customer's language."""
