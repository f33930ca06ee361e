"""The Slack channel: what customers do there, and what they are sent."""
