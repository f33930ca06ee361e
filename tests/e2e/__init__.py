"""The whole application, driven from outside."""
