"""Days on which zones changed their clocks, forward and back.

Seoul's and Kathmandu's last ones are long ago; Kathmandu moved once, by 15 minutes, and Lord Howe moves by 30.
"""

from datetime import date

CLOCK_CHANGES = [
    ("Asia/Seoul", date(1988, 5, 8)),
    ("Asia/Seoul", date(1988, 10, 9)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/Helsinki", date(2026, 3, 29)),
    ("Europe/Helsinki", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Asia/Kathmandu", date(1986, 1, 1)),
    ("Pacific/Apia", date(2020, 9, 27)),
    ("Pacific/Apia", date(2021, 4, 4)),
]
