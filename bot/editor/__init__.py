"""Surveys and triggers in the console: a list, an editor that needs no code and no script, and what publishing takes.

One request: ``POST /console/surveys/edit/delivery`` with the whole form and the button ``row:trigger.where`` -> ``acts``
changes what is typed -> ``bench`` lays it over the version and the drafts -> ``showing`` decides what is seen -> the same
page with a row more. ``save`` keeps drafts and leads back to the page; ``plan`` leads to the difference, whose button
publishes what was seen there. Nothing but ``bench`` and ``publishing`` touches what is stored.
"""
