"""Pages about customers and how this Aftertouch stands: people, decisions, settings."""
