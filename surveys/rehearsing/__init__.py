"""Goes through stored events again: who would have been asked when, and by which rule not (docs/decisions/0056).

Walk of one recorded decision: its verdicts come with what the rules looked at, so ``again`` lets the real rules look
at it once more, at the instants at which they did, and gives the verdicts that this makes. Walk of one supposed
one: ``supposed`` lets a customer's events arrive under another program and takes her asks through their turns, her
own asks taking the places of those that were really sent. ``tally`` adds up either, customer by customer.
"""

from surveys.rehearsing.again import Replayed, again
from surveys.rehearsing.courses import BEFORE, Course, course_of, taken_by
from surveys.rehearsing.expecting import Closed, Expected, expected
from surveys.rehearsing.rehearsal import Rehearsal, Wish
from surveys.rehearsing.supposed import Arrival, Look, Supposed, supposed
from surveys.rehearsing.tally import Tally

__all__ = [
    "BEFORE",
    "Arrival",
    "Closed",
    "Course",
    "Expected",
    "Look",
    "Rehearsal",
    "Replayed",
    "Supposed",
    "Tally",
    "Wish",
    "again",
    "course_of",
    "expected",
    "supposed",
    "taken_by",
]
