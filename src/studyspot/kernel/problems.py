"""What may be said of an exception where people read it who are not those it is about.

Messages quote values: a driver the row that it refused, `int()` the text that was no number. So only our own
classes are quoted, whose messages are written with that in mind; of all others class and place say enough.
"""

import os
import traceback

OURS = __name__.partition(".")[0] + "."
CAUSES_MAX, FRAMES_MAX = 10, 50


def told(problem: BaseException) -> str:
    """`studyspot.….Unavailable: The database does not answer.`, or the class alone."""
    kind = type(problem)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    if kind.__module__.startswith(OURS):
        return f"{name}: {problem}"
    if isinstance(problem, OSError) and problem.errno is not None:
        return f"{name}: {os.strerror(problem.errno)}"
    return name


def told_with_cause(problem: BaseException) -> str:
    """In one line, for what is expected now and then."""
    return " < ".join(told(one) for one in _with_causes(problem))


def stack_of(problem: BaseException) -> str:
    """As Python prints it, each cause before what it caused, without messages that are not ours."""
    return "\n\n".join(
        "Traceback (most recent call last):\n"
        + "".join(traceback.format_tb(one.__traceback__, limit=-FRAMES_MAX))
        + told(one)
        for one in reversed(_with_causes(problem))
    )


def _with_causes(problem: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    waiting = [problem]
    while waiting and len(found) < CAUSES_MAX:
        one = waiting.pop(0)
        if any(one is known for known in found):
            continue
        found.append(one)
        cause = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        waiting += [] if cause is None else [cause]
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
    return found
