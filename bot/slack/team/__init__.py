"""Slack for the company's own people: the slash command, the Home tab, previews of console links."""
