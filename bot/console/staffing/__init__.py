"""The pages about staff themselves: the login, one's own sessions, who is on the list, and what was done."""
