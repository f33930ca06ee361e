"""Takes in events and customers over HTTP: verifies, reads, hands on."""
