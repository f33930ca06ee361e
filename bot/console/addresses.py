"""Where the pages are."""

PEOPLE, DECISIONS, SETTINGS = "/console/people", "/console/decisions", "/console/settings"
TEAM = "/console/team"
ANSWERS = "/console/answers"
