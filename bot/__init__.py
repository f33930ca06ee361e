"""The edges: channels, event intake, console, command line and composition."""
