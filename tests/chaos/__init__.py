"""Real servers, killed at random: what they leave behind is held against what the platforms saw."""
