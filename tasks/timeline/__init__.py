"""A job as staff see it: what was done when, what it waited for, and where it stands.

Pure but for `facts`, which reads the rows. Knows neither requests nor HTML.
"""

from tasks.timeline.bars import Bar, BarKind, Row, Timeline
from tasks.timeline.drawing import timeline_of
from tasks.timeline.facts import (
    AttemptFacts,
    Moves,
    Retry,
    TaskFacts,
    attempts_of,
    last_moves,
    read_last_moves,
    retries_of,
    tasks_of,
)
from tasks.timeline.folds import Fold, fold
from tasks.timeline.scale import Scale, Tick
from tasks.timeline.situation import Mood, Situation, situation_of, steps_done
from tasks.timeline.waits import PAUSED, OpenWait, Wait, open_wait, wait_after

__all__ = [
    "PAUSED",
    "AttemptFacts",
    "Bar",
    "BarKind",
    "Fold",
    "Mood",
    "Moves",
    "OpenWait",
    "Retry",
    "Row",
    "Scale",
    "Situation",
    "TaskFacts",
    "Tick",
    "Timeline",
    "Wait",
    "attempts_of",
    "fold",
    "last_moves",
    "open_wait",
    "read_last_moves",
    "retries_of",
    "situation_of",
    "steps_done",
    "tasks_of",
    "timeline_of",
    "wait_after",
]
