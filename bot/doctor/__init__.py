"""``aftertouch doctor``: looks at all that a server needs, changes nothing, and says what won't do and how to mend it.

Walk of one: settings -> ``here`` looks at this machine and its database, ``abroad`` asks the platforms and the public
address, each question with a deadline of its own, all at the same time -> findings in a fixed order, one for each name
of ``CHECKS`` -> lines for people or JSON with the same names, for monitoring. What could not be found out is
``unknown``, never ``ok``. No finding holds a secret: what platforms and libraries raise is translated before.
"""

from bot.doctor.examining import CHECKS, examine, unsettled
from bot.doctor.findings import Finding, State, as_json, is_sound, lines

__all__ = ["CHECKS", "Finding", "State", "as_json", "examine", "is_sound", "lines", "unsettled"]
