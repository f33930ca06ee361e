"""``python -m tests.faults.upgrade URL N``: upgrade a database and be killed before the N-th statement.

N = 0 lives, and prints how many statements there were.
"""

import os
import signal
import sys
from itertools import count

from sqlalchemy import Engine, event

from storage.opening import prepare


def main(url: str, last: int) -> None:
    numbers, said = count(1), 0

    def about_to_run(*_: object) -> None:
        nonlocal said
        said = next(numbers)
        if said == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", about_to_run)
    prepare(url)
    sys.stdout.write(str(said))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
