"""What teams see: the results API and the journey map."""
