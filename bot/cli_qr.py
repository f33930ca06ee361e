"""The command that draws a touchpoint's QR code."""
