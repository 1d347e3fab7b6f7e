"""Where the sliced area went, in words: shares, lost places, and what filters did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from amprep.cli.percent import percent_text
from amprep.cli.texts import volume_text
from amprep.cli.words import figure, many, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["filter_text", "lost_text", "lost_texts", "other_areas"]

#: Lost places below this area are in the JSON document only.
_TOLD_MM2 = 1e-3

#: Places above each other that are told.
_MOST_GROUPS = 3

#: Places of neighbouring layers are one and the same up to this distance, and this ratio of their widths.
_SAME_PLACE_MM = 0.1
_SAME_WIDTH = 1.5


def other_areas(audit: Mapping[str, Any], sliced_mm2: float) -> str:
    """Shares that only some parts have."""
    shares = {"area_edged": audit["edged_mm2"], "area_compensated": audit["compensated_mm2"]}
    return "".join(
        f" · {say(key)} {percent_text(100 * area / sliced_mm2)}" for key, area in shares.items() if area
    )


def lost_text(audit: Mapping[str, Any], layer_thickness_mm: float) -> str:
    """How much of a job is lost, and by what."""
    causes = {key: audit[f"{key}_mm2"] for key in ("lost_thin", "lost_short", "lost_gap")}
    lost_mm2, sliced_mm2 = sum(causes.values()), audit["sliced_mm2"] or 1.0
    if lost_mm2 == 0:
        return "0"
    volume = volume_text(lost_mm2 * layer_thickness_mm)
    layers = audit["layers_with_loss"]
    share = percent_text(100 * lost_mm2 / sliced_mm2)
    parts = ", ".join(
        f"{say(key)} {percent_text(100 * area / sliced_mm2)}" for key, area in causes.items() if area
    )
    return f"{volume} ({share}) {many('in_layers', layers)}: {parts}"


@dataclass(slots=True)
class _Stack:
    """Lost places of a part that lie above each other, as a wall has them that is too thin everywhere."""

    largest: Mapping[str, Any]
    last: Mapping[str, Any]
    """The highest one so far: a wall may lean."""
    layers: set[int] = field(default_factory=set)
    area_mm2: float = 0.0
    places: int = 0

    def holds(self, place: Mapping[str, Any]) -> bool:
        """Whether a place belongs here."""
        widths = sorted((place["width_mm"], self.last["width_mm"]))
        away_mm = max(abs(place[axis] - self.last[axis]) for axis in ("x_mm", "y_mm"))
        is_near = away_mm <= _SAME_PLACE_MM and widths[1] <= _SAME_WIDTH * widths[0]
        return bool(is_near and place["part"] == self.largest["part"])

    def add(self, place: Mapping[str, Any]) -> None:
        """Take a place."""
        self.last = place
        if place["area_mm2"] > self.largest["area_mm2"]:
            self.largest = place
        self.layers.add(place["layer"])
        self.area_mm2 += place["area_mm2"]
        self.places += 1


def _stacks(places: Sequence[Mapping[str, Any]]) -> list[_Stack]:
    """Places put above each other, what loses most first."""
    stacks: list[_Stack] = []
    for place in sorted(places, key=lambda one: one["layer"]):
        stack = next((one for one in stacks if one.holds(place)), None)
        if stack is None:
            stack = _Stack(place, place)
            stacks.append(stack)
        stack.add(place)
    return sorted(stacks, key=lambda one: -one.area_mm2)


def lost_texts(places: Sequence[Mapping[str, Any]], in_all: int) -> list[str]:
    """The places that lose most, one line for those above each other, and how many are not told.

    places : sequence of mapping
        ``lost_places`` of a document, the largest first.
    in_all : int
        How many there are; the document lists the largest only.
    """
    told = _stacks([place for place in places if place["area_mm2"] >= _TOLD_MM2])[:_MOST_GROUPS]
    if not told:
        return []
    lines = [_stack_text(stack, is_whole=in_all == len(places)) for stack in told]
    shown = sum(stack.places for stack in told)
    rest = []
    if len(places) > shown:
        rest.append(many("lost_places_listed", len(places) - shown))
    if in_all > len(places):
        rest.append(many("lost_places_counted", in_all - len(places)))
    return [*lines, f"{many('lost_places_in_all', in_all)}: {' · '.join(rest)}"] if rest else lines


def _stack_text(stack: _Stack, *, is_whole: bool) -> str:
    """One line; not whole where places that are only counted may lie there, too."""
    low, high = min(stack.layers), max(stack.layers)
    where = {
        "x": figure(stack.largest["x_mm"], ".2f"),
        "y": figure(stack.largest["y_mm"], ".2f"),
        "area": figure(stack.area_mm2, ".3g"),
        "width": figure(1000 * stack.largest["width_mm"], ".0f"),
    }
    if low == high:
        return say("lost_place", layer=str(low), **where)
    layers = say("lost_layers", first=str(low), last=str(high))
    if len(stack.layers) < high - low + 1:
        layers = say("lost_layers_of", number=str(len(stack.layers)), layers=layers)
    return say("lost_stack" if is_whole else "lost_stack_least", layers=layers, **where)


def filter_text(filters: Mapping[str, Any]) -> str:
    """What filters took and added; empty where they did nothing."""
    told = []
    if filters["short_vectors"]:
        length, area = figure(filters["short_mm"], ".4g"), figure(filters["short_mm2"], ".4g")
        told.append(many("filter_dropped", filters["short_vectors"], length=length, area=area))
    if filters["merged_points"]:
        area = _signed(filters["merged_mm2"], ".3g")
        told.append(many("filter_points", filters["merged_points"], area=area))
    if filters["merged_vectors"]:
        length = _signed(-filters["merged_mm"], ".3g")
        told.append(many("filter_merged", filters["merged_vectors"], length=length))
    if filters["filled_mm"]:
        length, area = figure(filters["filled_mm"], ".4g"), figure(filters["filled_mm2"], ".4g")
        told.append(say("filter_filled", length=length, area=area))
    return " · ".join(told)


def _signed(value: float, form: str) -> str:
    """With its sign, but for nothing."""
    return figure(value, f"+{form}") if value else "0"
