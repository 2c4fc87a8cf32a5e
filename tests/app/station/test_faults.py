"""A fault stays until it was read and its cause is gone, in either order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.station.faults import Cause, FaultLatch

CAUSES = st.sampled_from(list(Cause))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), CAUSES, st.booleans()),
        st.tuples(st.just("heal"), CAUSES, st.just(False)),
        st.tuples(st.just("acknowledge"), st.just(Cause.BUG), st.just(False)),
    )
)


def test_a_moment_is_gone_when_read() -> None:
    latch = FaultLatch()
    assert latch.set(Cause.BUG, "It broke.")
    assert (latch.latched, latch.sentence) == (True, "It broke.")
    assert latch.acknowledge()
    assert (latch.latched, latch.acknowledged, latch.sentence) == (False, False, "")
    assert not latch.acknowledge()


def test_a_lasting_fault_stays_readable_after_it_was_read() -> None:
    latch = FaultLatch()
    latch.set(Cause.STORE, "Locked.", lasts=True)
    latch.acknowledge()
    assert (latch.latched, latch.acknowledged, latch.sentence) == (False, True, "Locked.")
    # Told again while it lasts: nobody is called a second time.
    assert not latch.set(Cause.STORE, "Still locked.", lasts=True)
    assert (latch.latched, latch.sentence) == (False, "Still locked.")
    assert latch.heal(Cause.STORE)
    assert latch.sentence == ""


def test_a_fault_that_heals_unread_still_has_to_be_read() -> None:
    latch = FaultLatch()
    latch.set(Cause.STORE, "Locked.", lasts=True)
    assert not latch.heal(Cause.STORE)
    assert latch.latched
    latch.acknowledge()
    assert latch.sentence == ""


def test_the_unread_fault_comes_first() -> None:
    latch = FaultLatch()
    latch.set(Cause.STORE, "Locked.", lasts=True)
    latch.acknowledge()
    latch.set(Cause.OVERFLOW, "Too fast.")
    assert latch.sentence == "Too fast. Locked."
    assert latch.latched
    assert not latch.acknowledged


@given(STEPS)
def test_nothing_is_hidden_and_nothing_stays_for_ever(
    steps: list[tuple[str, Cause, bool]],
) -> None:
    latch = FaultLatch()
    for what, cause, lasts in steps:
        before = latch.latched
        if what == "set":
            new = latch.set(cause, cause.value, lasts=lasts)
            assert cause.value in latch.sentence
            assert latch.latched or not new
        elif what == "heal":
            latch.heal(cause)
            assert latch.latched == before
        else:
            assert latch.acknowledge() == before
            assert not latch.latched
        assert (latch.latched or latch.acknowledged) == bool(latch.sentence)
    for cause in Cause:
        latch.heal(cause)
    latch.acknowledge()
    assert latch.sentence == ""


def test_a_read_fault_that_happens_again_has_to_be_read_again() -> None:
    latch = FaultLatch()
    latch.set(Cause.STORE, "Locked.", lasts=True)
    latch.acknowledge()
    assert latch.set(Cause.STORE, "Records wait in the journal.")
    assert latch.latched
