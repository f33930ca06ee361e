"""The fault and bad-input matrix: each row of it is a test that begins with the row."""
