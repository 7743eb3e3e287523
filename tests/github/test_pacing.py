"""What may be asked of GitHub when: its limits are kept whatever comes, nobody waits for ever, and what ends something is said
before progress."""

from __future__ import annotations

import itertools
import json
import math
from bisect import bisect_right
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from github_app.github.pacing import AT_ONCE, BURST, HOUR, MINUTE, WRITES_PER_HOUR, Pace, Request, Urgency


@dataclass(frozen=True)
class Coming:
    """A request that comes `after` the one before it, reaches GitHub `on_the_way` after it set out, and is answered
    as long after that."""

    after: float
    on_the_way: float
    writes: bool
    urgency: Urgency
    session: str


requests = st.builds(
    Coming,
    after=st.sampled_from([0.0, 0.0, 0.0, 0.1, 5.0, 90.0]),
    on_the_way=st.sampled_from([0.01, 0.3, 12.0]),
    writes=st.sampled_from([True, True, True, False]),
    urgency=st.sampled_from(Urgency),
    session=st.sampled_from("abc"),
)


def played(coming: list[Coming], *, written_down: bool = False) -> list[tuple[float, float, Request]]:
    """When each set out and when it reached GitHub, in the order in which they set out; the limiter played in no time. When
    it is `written_down`, another process reads it after each change."""
    pace, now, out = Pace(), 0.0, list[tuple[float, float, Request]]()
    arrivals, moment = [], 0.0
    for number, one in enumerate(coming):
        moment += one.after
        arrivals.append((moment, Request(number, one.writes, True, one.urgency, one.session)))
    waiting: dict[int, Request] = {}
    under_way: list[tuple[float, Request]] = []
    counted = None
    while arrivals or waiting or under_way:
        if counted is not None:
            pace = Pace()
            pace.load(json.loads(json.dumps(counted)))
        while arrivals and arrivals[0][0] <= now:
            request = arrivals.pop(0)[1]
            waiting[request.number] = request
        for ended in [each for each in under_way if each[0] <= now]:
            under_way.remove(ended)
            pace.end(ended[1], now)
        while (chosen := pace.choose(waiting.values(), now)) is not None:
            pace.begin(waiting.pop(chosen.number), now)
            on_the_way = coming[chosen.number].on_the_way
            out.append((now, now + on_the_way, chosen))
            under_way.append((now + 2 * on_the_way, chosen))
        counted = pace.to_plain(now) if written_down else None
        moments = [pace.next_moment(waiting.values(), now)]
        moments += [arrivals[0][0]] if arrivals else []
        moments += [each[0] for each in under_way]
        following = min(moments)
        assert waiting or arrivals or under_way or following == math.inf
        if following == math.inf:
            assert not waiting, "somebody waits for ever"
            break
        now = max(following, math.nextafter(now, math.inf))
    return out


def most_in(seconds: float, moments: list[float], amounts: list[int]) -> int:
    """The most that any span of so many seconds holds."""
    order = sorted(range(len(moments)), key=moments.__getitem__)
    times, sums = [moments[i] for i in order], [0]
    for i in order:
        sums.append(sums[-1] + amounts[i])
    return max(
        (sums[i + 1] - sums[bisect_right(times, times[i] - seconds)] for i in range(len(times))),
        default=0,
    )


@given(st.lists(requests, max_size=150), st.booleans())
def test_what_reaches_github_is_within_its_limits_and_everything_has_its_turn(
    coming: list[Coming], written_down: bool
) -> None:
    out = played(coming, written_down=written_down)
    assert sorted(request.number for _, _, request in out) == list(range(len(coming)))
    writes = [reached for _, reached, request in out if request.writes]
    assert most_in(MINUTE, writes, [1] * len(writes)) <= 80
    assert most_in(MINUTE, [reached for _, reached, _ in out], [request.points for _, _, request in out]) <= 900
    left_at = [left for left, _, request in out if request.writes]
    assert most_in(1.0, left_at, [1] * len(left_at)) <= BURST + 1


def flood(count: int, urgency: Urgency = Urgency.END, session: str = "a") -> list[Coming]:
    return [Coming(0.0, 0.1, True, urgency, session) for _ in range(count)]


def test_a_flood_is_within_the_hour_and_what_has_to_be_said_never_waits_for_most_of_it() -> None:
    out = played(flood(600))
    reached = [each[1] for each in out]
    assert WRITES_PER_HOUR - 5 < most_in(HOUR, reached, [1] * len(reached)) <= WRITES_PER_HOUR
    assert max(later - earlier for earlier, later in itertools.pairwise(reached)) < 30


def test_a_flood_is_hardly_slower_when_each_change_is_written_down() -> None:
    alone, shared = (played(flood(600), written_down=written_down)[-1][0] for written_down in (False, True))
    assert alone <= shared < 1.05 * alone
    pace = Pace()
    for number in range(600):
        pace.begin(Request(number, writes=True), float(number))
        pace.end(Request(number, writes=True), float(number))
    assert len(json.dumps(pace.to_plain(600.0))) < 10_000


def test_what_nobody_ends_any_more_counts_as_ended_then() -> None:
    pace = Pace()
    for number in range(AT_ONCE):
        pace.begin(Request(number, writes=False), float(number))
    assert pace.free_at(Request(99, writes=False), 100.0) == math.inf
    pace.end_what_began_before(1.0, 100.0)
    assert pace.free_at(Request(99, writes=False), 100.0) == 100.0
    pace.end(Request(0, writes=False), 101.0)
    assert pace.free_at(Request(99, writes=False), 101.0) == 101.0
    pace.begin(Request(99, writes=False), 101.0)
    assert pace.free_at(Request(100, writes=False), 101.0) == math.inf


def test_a_lone_job_waits_for_nothing() -> None:
    assert {left for left, _, _ in played(flood(BURST))} == {0.0}


def test_progress_leaves_half_of_the_hour() -> None:
    steady = [Coming(6.0, 0.1, True, Urgency.PROGRESS, "abcde"[n % 5]) for n in range(600)]
    moments = [left for left, _, _ in played(steady)]
    assert most_in(HOUR, moments, [1] * len(moments)) <= WRITES_PER_HOUR // 2
    # A little at a time, and not all of it in the first minutes.
    assert sum(1 for moment in moments if moment < 1_800) < 200


def test_ends_go_first_and_sessions_take_turns() -> None:
    coming = [
        *flood(BURST),
        Coming(0.1, 0.1, True, Urgency.PROGRESS, "b"),
        *flood(2, Urgency.PROGRESS, "b"),
        *flood(3, Urgency.ANSWER, "c"),
        *flood(3, Urgency.END, "d"),
        *flood(2, Urgency.END, "e"),
    ]
    behind = [(request.urgency.name, request.session) for left, _, request in played(coming) if left > 0]
    assert behind == [
        *[("END", session) for session in "deded"],
        *[("ANSWER", "c")] * 3,
        *[("PROGRESS", "b")] * 3,
    ]


def test_a_pause_without_a_length_is_a_minute_and_grows_only_with_what_began_after_it() -> None:
    pace = Pace()
    assert pace.limited(100.0, begun=99.0, seconds=None) == 60
    assert pace.limited(101.0, begun=99.5, seconds=None) == 60  # one of the same moment
    assert pace.limited(162.0, begun=161.0, seconds=None) == 120
    assert pace.limited(290.0, begun=289.0, seconds=7.0) == 7
    pace.went_well(begun=300.0)
    assert pace.limited(301.0, begun=300.5, seconds=None) == 60
    assert pace.free_at(Request(1, writes=False), 302.0) == 361.0
