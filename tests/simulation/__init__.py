"""The whole application on virtual time: a seed tells the story, a crash point says where the process dies."""
