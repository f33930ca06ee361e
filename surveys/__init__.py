"""The domain: journeys, surveys, decisions, interviews and results. Pure, over ports."""
