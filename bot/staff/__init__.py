"""What staff are told: durable messages to a Slack channel, a Telegram chat, a file."""
