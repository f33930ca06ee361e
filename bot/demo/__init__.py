"""A simulated shop, its helpdesk and its customers, played through the real pipeline."""
