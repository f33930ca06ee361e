"""What is really sent, written down: every template on every channel in every language."""
