"""The choices of a detector's learning: declared once as a dataclass, given as "key=value"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from model.errors import ModelError

ChoicesT = TypeVar("ChoicesT")
_WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class ChoiceError(ModelError):
    """A choice that the detector does not have, or a value that it cannot take."""


def choice(
    default: Any,
    text: str,
    *,
    low: float | None = None,
    high: float | None = None,
    options: tuple[str, ...] = (),
) -> Any:
    """Declare a field of a choices dataclass; of type int, float, bool, str or `Path | None`.

    Args:
        default: Its value where nothing is given.
        text: One line for people.
        low: Smallest number.
        high: Largest number.
        options: The words that it may be; empty for any.
    """
    metadata = {"text": text, "low": low, "high": high, "options": options}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class ChoiceInfo:
    """One choice for a list of all.

    Attributes:
        name: Key.
        default: As it would be typed; "" for none.
        text: What it means.
    """

    name: str
    default: str
    text: str


def choices_of(kind: type[ChoicesT], given: Mapping[str, str]) -> ChoicesT:
    """Return the choices with the given values.

    Args:
        kind: A frozen dataclass of `choice` fields.
        given: Key to value, as typed.

    Raises:
        ChoiceError: A key is unknown, or a value is of the wrong kind or out of range.
    """
    known = {one.name: one for one in _fields(kind)}
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, text in given.items():
        name = key.replace("-", "_")
        if name not in known:
            near = get_close_matches(name, known, 1)
            meant = f"; did you mean {near[0]}" if near else ""
            raise ChoiceError(f"There is no choice {key!r}{meant}; known are {', '.join(known)}.")
        values[name] = _value(known[name], hints[name], text)
    return kind(**values)


def listed(kind: type[Any]) -> tuple[ChoiceInfo, ...]:
    """Return all choices of a kind, in order."""
    return tuple(
        ChoiceInfo(
            one.name,
            "" if one.default in (None, MISSING) else _typed(one.default),
            str(one.metadata["text"]),
        )
        for one in _fields(kind)
    )


def parse_spec(text: str) -> tuple[str, dict[str, str]]:
    """Return the parts of "name" or "name:key=value,key=value".

    Raises:
        ChoiceError: It is neither.
    """
    name, _, rest = text.partition(":")
    given: dict[str, str] = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals or not key.strip() or key.strip() in given:
            raise ChoiceError(f"{part!r} in {text!r} is not key=value, each key once.")
        given[key.strip()] = value.strip()
    if not name.strip():
        raise ChoiceError(f"{text!r} names no detector.")
    return name.strip(), given


def _fields(kind: type[Any]) -> tuple[Field[Any], ...]:
    return fields(kind)


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _value(one: Field[Any], hint: Any, text: str) -> Any:
    try:
        if hint is bool:
            return _WORDS[text.lower()]
        value: Any = Path(text) if hint not in (int, float, str) else hint(text)
    except (KeyError, ValueError) as error:
        words = {bool: "yes or no", int: "a whole number", float: "a number"}
        raise ChoiceError(f"{one.name} is {text!r}; it must be {words[hint]}.") from error
    options, low, high = (one.metadata[key] for key in ("options", "low", "high"))
    if options and value not in options:
        raise ChoiceError(f"{one.name} is {text!r}; it must be one of {', '.join(options)}.")
    if isinstance(value, int | float) and not isinstance(value, bool):
        _check_range(one.name, value, low, high)
    return value


def _check_range(name: str, value: float, low: float | None, high: float | None) -> None:
    is_inside = (low is None or value >= low) and (high is None or value <= high)
    # NaN is inside nothing
    if not is_inside or value != value:
        ends = f"at least {low:g}" if high is None else f"{low or 0:g} to {high:g}"
        raise ChoiceError(f"{name} is {value:g}; it must be {ends}.")
