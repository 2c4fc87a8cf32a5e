from __future__ import annotations

import time
import uuid

from app.inspection.record import new_id


def test_ids_are_uuid_version_7_and_order_by_time() -> None:
    before = time.time_ns() // 1_000_000
    first = uuid.UUID(new_id())
    time.sleep(0.003)
    second = uuid.UUID(new_id())
    after = time.time_ns() // 1_000_000
    for made in (first, second):
        assert (made.version, made.variant) == (7, uuid.RFC_4122)
        assert before <= made.int >> 80 <= after
    assert str(first) < str(second)


def test_ids_do_not_repeat() -> None:
    assert len({new_id() for _ in range(5000)}) == 5000
