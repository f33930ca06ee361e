"""One module per vendor; each defines ``VENDOR`` and is found by bot.intake.registry."""
