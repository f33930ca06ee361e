"""What is too heavy for the cubes, worked out by a job from raw answers and events, and served "as of" its run.

A run reads the newest year (``read``), works everything out (``run``), and stores one analysis per kind and key
(surveys.stored_analyses). Nothing that is stored needs suppressing any more: a group of fewer than ``k`` distinct
customers has null for every figure and ``"suppressed": true``; where a total would give it away, so has another.

What the contents look like. Every content has a ``recipe``::

    {"since": "2025-11-22", "until": "2026-11-22", "answers": 1204, "events": 3811, "asks": 2207, "k": 5,
     "hash": "<sha-256 of the rows read, in order>", "program": "<version>", "confidence": 0.95,
     "note": "associated"}                                       # never "causes"

``answers`` is null where a stage of few customers could be told from it. Of an instant at which a customer answered
only the day is told: its beginning in the company's zone.

An ``estimate`` is ``{"value", "low", "high", "method"}`` or null; low, high and method are null where there is a
value and no interval. Scores are in the unit of ``/v1/results``: NPS points, CSAT and CES percent in the high
band. ``indicative`` is true below 30 customers. ``method`` has a text ``method.<it>`` in every language.

Under a filter (surveys.analyses.narrowed) contents look alike, ``recipe`` names it in ``where``, and its ``answers`` are
null. Trends and coming back are of a part of everybody's rows, in everybody's weeks; so are going on and retention, where
events hold the filter's value, and else there are none. Surges carry no filter (docs/decisions/0063).

trend, one per stage::

    {"series": [{"instrument", "series", "touchpoint": null or id,      # null: all of the stage,
                 "only": null or id,                                    # which was answered at this touchpoint alone
                 "weeks":  [point...], "months": [point...]}],
     "markers": [{"at": "2026-11-03T01:00:00+00:00", "version": "0a1b...",
                  "changes": [{"what": "survey.question", "id": "delivery"}...]}]}
    point = {"start": "2026-11-16", "until": "2026-11-22", "customers", "n",    # n: answers, every one counts
             "score": estimate, "smooth": null or number, "suppressed", "indicative"}

    Weeks begin on Monday; those without an answer have n 0 and no score. No interval below 8 customers. ``smooth``
    is the mean of a point and its neighbours by n, only where each of the three has 30 answers or more.

paths, one for the journey (key "")::

    {"steps": [{"from": "purchase", "to": "delivery", "from_instrument", "to_instrument", "same_instrument": true,
                "customers", "before", "after",                  # means of the same people, 0-100
                "change": estimate,                              # of 0-100 points; null below 8 customers
                "suppressed", "indicative",
                "fates": [{"days": 30, "too_recent",
                           "bands": [{"band": "all" | "low" | "mid" | "high", "customers", "answered", "silent",
                                      "unasked", "gone", "suppressed"}...]}...]}...]}

    ``answered``: answered at the next stage within the days. ``silent``: asked there and did not answer.
    ``unasked``: came there, by an event, and was not asked. ``gone``: nothing of her at the next stage.

conversion, one for the journey::

    {"steps": [{"from", "to", "days": 30, "customers", "converted", "rate": estimate, "too_recent", "suppressed",
                "indicative"}...],
     "retention": [{"stage", "days", "customers", "returned", "rate": estimate, "too_recent", "suppressed",
                    "indicative"}...]}

    Of customers with an event that starts an ask at ``from``, those with one of ``to`` within the days after it.
    Retention: those with another occasion of the stage's own events. ``too_recent``: their days are not over yet.

repeat, one per stage::

    {"days": 90, "purchases": ["order.paid", ...],
     "series": [{"instrument", "series", "too_recent",
                 "bands": [{"band": "low" | "mid" | "high", "label": {"ko", "en"}, "customers", "returned",
                            "rate": estimate, "suppressed", "indicative"}...]}]}

drivers, one for the journey::

    {"outcome": {"stage", "instrument", "series"} or null,
     "sets": [{"of": "touchpoints" | "chips", "n": complete cases, "tier": "none" | "exploratory" | "full",
               "refused": null or "no_outcome" | "too_few_drivers" | "too_few_cases" | "hidden",
               "r2": null or number,
               "drivers": [{"id", "stage", "touchpoint", "chip": null or id, "label": {"ko", "en"},
                            "bands": null or ["high", ...],      # as a reason's
                            "share": estimate,                   # percent of R2; null in tier "none"
                            "rank": null or 1, 2...,             # only where the differences are clear
                            "correlation": null or number, "n": customers of that pair, "suppressed"}...]}]}

quadrant, one for the journey::

    {"tier", "n", "refused": as above, "lines": {"performance": number or null, "importance": number or null},
     "points": [{"stage", "touchpoint", "label": {"ko", "en"}, "performance": estimate, "importance": estimate,
                 "box": "core" | "improve" | "maintain" | "minor" | "undecided"}...],
     "boxes": {"core": {"ko": "핵심경험", "en": "core experience"}, ...}}

    x is the mean on 0-100, y the share of R2 in percent; the lines are the medians. ``core`` is the top right.

reasons, one per stage::

    {"series": [{"instrument", "series", "touchpoint": null or id, "only": as above, "customers", "score": estimate,
                 "suppressed",
                 "reasons": [{"id", "touchpoint": id, "label": {"ko", "en"},
                              "bands": null or ["high", ...],    # of the scores below which it reads so; null: all
                              "cited", "share": percent,
                              "impact": estimate,                # points lost (-) or won (+) with it; null below 30
                              "suppressed"}...]}]}

    A reason is a chip of a touchpoint: all of the stage tells two chips of one id apart, where touchpoints share it.
    And it is one wording: an id that reads otherwise below a low score than below a high one is a row for each, with
    its own label, count and impact. Rows stored before that have no ``bands``.

surge, one per stage::

    {"series": [{"instrument", "series", "status": "collecting" | "watching" | "alarm",
                 "collected", "needed": 100,                     # answers of the baseline so far
                 "baseline": null or {"answers", "bad", "share", "assumed", "provisional": bool, "until"},
                 "design": null or {"plus", "minus", "limit", "answers_between_false_alarms", "answers_per_week",
                                    "streams", "false_alarm_weeks"},
                 "delay": null or {"double_answers", "double_weeks", "triple_answers", "triple_weeks"},
                 "level": null or 0..1,                          # how far the sum has come to its limit
                 "evidence": null or {"bad", "answers", "usual", "since"},
                 "alarms": [the alert as ``/v1/alerts`` tells it...]}]}      # newest first, at most five
"""
