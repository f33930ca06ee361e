"""Use cases: synchronous functions over the ports, each one unit of work."""
