"""The story of a failed check, shortened for people: report.json has all of it."""

import re
from collections.abc import Iterator, Sequence

from conformance.counted import counted
from conformance.report.hostile import one_line
from conformance.report.model import CheckPart, StepPart
from conformance.verdict import Mark

MOST_STEPS = 12
"""Steps that are shown; of the others how many there were."""
MOST_COMPARED, MOST_IDS, MOST_CAUSES = 5, 3, 3
_WORDS = 300
_UUID = re.compile(r"\b([0-9a-fA-F]{8})(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_OF_OURS = "gimg-"
_NUMBER = re.compile(r"\d+")


def shortened(story: Sequence[StepPart], most: int = MOST_STEPS) -> Iterator[StepPart | str]:
    """The steps that are shown, in order, and in the place of others how many they were: "… 14 polls"."""
    kept, left = _kept(story, most), list[StepPart]()
    for place, step in enumerate(story):
        if place in kept:
            if left:
                yield _left_out(left)
            left = []
            yield step
        else:
            left.append(step)
    if left:
        yield _left_out(left)


def _kept(story: Sequence[StepPart], most: int) -> set[int]:
    """The places of what is shown: what decided and stood beside it, its neighbours, what was sent before others like
    it, and others of its generation.
    """
    if len(story) <= most:
        return set(range(len(story)))
    decisive = [place for place, step in enumerate(story) if step.mark is Mark.DECISIVE]
    compared = [place for place, step in enumerate(story) if step.mark is Mark.COMPARED]
    about = {story[place].generation for place in (*decisive, *compared)} - {""}
    where = {story[place].endpoint for place in decisive} - {""}
    its_own = [
        place
        for place, step in enumerate(story)
        if step.generation in about and not (where and step.endpoint and step.endpoint not in where)
    ]
    alone = [place for place in decisive if not story[place].attempts]
    between = range(compared[-1] + 1, alone[0]) if compared and alone else ()
    near = [place + by for place in alone for by in (-1, 1, -2) if 0 <= place + by < len(story)]
    if not decisive:
        near = [len(story) - 1, len(story) - 2]
    near += [place for decided in alone for place in _before(story, decided)]
    chosen = (*decisive, *compared[-MOST_COMPARED:], 0, *near, *its_own[:3], *reversed(between), *reversed(its_own))
    wanted = dict.fromkeys(chosen)
    return set(list(wanted)[:most])


def _before(story: Sequence[StepPart], decisive: int) -> list[int]:
    """Of what was sent right before the first of several steps like the decisive one, the last of each role.

    Where the same probe is sent again and again, and told apart by numbers alone, that is what caused its answers.
    """
    role = _role(story[decisive])
    last = next((place for place in range(decisive, -1, -1) if _role(story[place]) != role), -1)
    if last >= decisive - 1:
        return []
    roles = {_role(story[place]): place for place in range(max(0, last + 1 - MOST_STEPS), last + 1)}
    return sorted(roles.values())[-MOST_CAUSES:]


def _role(step: StepPart) -> str:
    return _NUMBER.sub("", step.role)


def _left_out(steps: Sequence[StepPart]) -> str:
    requests = [step for step in steps if step.exchanges]
    count, arrived = sum(len(step.exchanges) for step in requests), sum(len(step.attempts) for step in steps)
    word = "poll" if {step.role for step in requests} == {"poll"} else "request"
    told = [counted(count, word)] if count else []
    return f"… {', '.join((*told, *([counted(arrived, 'attempt')] if arrived else ())))}"


def number_of(step: StepPart) -> str:
    """The number of a step in the evidence, such as #12 or #12…31; of an attempt @3."""
    if step.attempts:
        return f"@{step.attempts[0]}"
    first, last = step.exchanges[0], step.exchanges[-1]
    return f"#{first}" if first == last else f"#{first}…{last}"


def words_of(step: StepPart) -> str:
    """What a step was, what was answered, and what matters of that."""
    times = len(step.exchanges)
    role = counted(times, step.role) if times > 1 and step.role == "poll" else step.role
    role += f" ({times} times)" if times > 1 and step.role != "poll" else ""
    outcome = str(step.status) if step.status else "no answer"
    of = ""
    if step.generation and "generationId" not in step.told:
        of = f" of {step.generation}" if step.attempts or step.role == "poll" else f" ({step.generation})"
    if step.attempts:
        return _short(f"{role}{of} at {step.endpoint}: {step.told}; we answer {outcome}")
    return _short(f"{role}{of} → {outcome}{f', {step.told}' if step.told else ''}")


def _short(text: str) -> str:
    """One line in which a UUID is its first eight characters, which tell it from others."""
    return one_line(_UUID.sub(r"\1…", text), _WORDS)


def without_ids(text: str) -> str:
    """The same text for whichever generation, key or delivery: a UUID is "…"."""
    return _UUID.sub("…", text)


def time_of(step: StepPart) -> str:
    """Seconds since the first step."""
    return f"{step.seconds:.1f} s" if step.seconds < 1000 else f"{step.seconds:.0f} s"


def in_the_logs(check: CheckPart) -> str:
    """Under which X-Request-Id the target's logs have it."""
    marked = [step for step in check.story if step.mark and step.request_id]
    named = dict.fromkeys(
        step.request_id for mark in (Mark.DECISIVE, Mark.COMPARED) for step in marked if step.mark is mark
    )
    shown = list(named)[:MOST_IDS]
    more = f" and {len(named) - len(shown)} more" if len(named) > len(shown) else ""
    return one_line(f"X-Request-Id {', '.join(shown)}{more}", _WORDS) if shown else ""


def sent_of(check: CheckPart) -> str:
    """What the decisive request was, where no line of curl shows it."""
    decisive = next((step.sent for step in check.story if step.mark is Mark.DECISIVE and step.exchanges), "")
    return "" if check.curl else decisive


def again(check: CheckPart) -> str:
    """The command that repeats it."""
    return check.curl or check.repeat


def story_lines(check: CheckPart) -> Iterator[str]:
    """The shortened story, a line for each step."""
    for step in shortened(check.story):
        if isinstance(step, str):
            yield f"  {step}"
        else:
            yield f"{SIGNS[step.mark]} {number_of(step)} {time_of(step)} {words_of(step)}"


SIGNS = {Mark.NONE: " ", Mark.DECISIVE: "▶", Mark.COMPARED: "•"}
