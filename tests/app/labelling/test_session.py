from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.labelling.journal import Label
from app.labelling.session import LabelSession

NAMES = tuple("abcdef")
STEPS = st.lists(
    st.tuples(
        st.sets(st.sampled_from(NAMES), min_size=1),
        st.sampled_from(("", "good", "skip", "defective", "hole")),
    ),
    max_size=12,
)


def counted(session: LabelSession) -> tuple[int, int, int, int]:
    states = [session.state_of(name) for name in session.names]
    good, skip, unsaid = (states.count(word) for word in ("good", "skip", ""))
    return good, len(states) - good - skip - unsaid, skip, unsaid


@given(STEPS)
@settings(deadline=None)
def test_every_step_can_be_taken_back_in_order(steps: list[tuple[set[str], str]]) -> None:
    session = LabelSession(NAMES, {"a": "good", "x": "good"})
    kept = {"a": "good"}
    before = []
    for names, state in steps:
        labels = session.labels
        changed = session.answer(sorted(names), state)
        if changed:
            before.append(labels)
        kept |= {one.name: one.state for one in changed}
        counts = session.counts
        assert (counts.good, counts.defective, counts.skip, counts.open) == counted(session)
        assert counts.total == len(NAMES)
    assert {name: state for name, state in kept.items() if state} == session.labels
    for labels in reversed(before):
        kept |= {one.name: one.state for one in session.undo()}
        assert session.labels == labels
    assert {name: state for name, state in kept.items() if state} == {"a": "good"}
    assert not session.can_undo
    assert session.undo() == ()


def test_saying_the_same_again_is_no_step() -> None:
    session = LabelSession(NAMES, {})
    assert session.answer("ab", "good") == (Label("a", "good"), Label("b", "good"))
    assert session.answer("a", "good") == ()
    session.undo()
    assert session.labels == {}


def test_groups_are_shown_in_order() -> None:
    session = LabelSession(NAMES, {"b": "hole", "c": "good", "e": "defective", "f": "skip"})
    assert session.shown("open") == ("a", "d")
    assert session.shown("defective") == ("b", "e")
    assert session.shown("good") == ("c",)
    assert session.shown("skip") == ("f",)
    assert session.shown("all") == NAMES
