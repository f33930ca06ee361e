"""Files of answers from other tools: how they are opened, looked through, reported and taken in."""
