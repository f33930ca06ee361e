"""The gallery of ready surveys in the console: what each asks, as customers would see it, and how to take it over.

One request: ``GET /console/templates?industry=food&channel=slack`` -> the door reads the address -> ``content`` fits the
templates to the program in force and draws them by ``bot.preview`` -> the page. Nothing is stored and nothing changed:
the page tells the command that adds a template to the program's file, and hands out its part of that file.
"""
