"""A map of the regions: land as dots, every five degrees, and a disc for the projects of a place.

Longitudes are x and latitudes are y, in degrees: good enough to see on which continent something is.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from reconciler.model.desired import Region

_SCALE: Final = 3.0
"""Units of the drawing for a degree."""
_NORTH: Final = 82
_LARGEST: Final = 26.0
WIDTH: Final = 1080
HEIGHT: Final = 420
_LINE: Final = 17
"""Height of a label."""

_LAND: Final[Mapping[int, str]] = {
    80: "-90:-65 -60:-20 15:25 95:105",
    75: "-120:-80 -60:-20 55:65 90:115",
    70: "-160:-140 -125:-70 -50:-25 20:30 60:180",
    65: "-165:-65 -50:-40 -20:-15 15:180",
    60: "-160:-95 -75:-65 -45:-45 5:15 25:160",
    55: "-130:-85 -75:-60 -5:-5 10:10 20:140 160:160",
    50: "-125:-60 -5:0 5:140",
    45: "-120:-65 0:30 40:130 140:140",
    40: "-120:-75 -5:-5 15:15 20:45 55:120 125:125 140:140",
    35: "-120:-80 -5:10 35:115 135:135",
    30: "-115:-85 -10:30 35:120",
    25: "-110:-100 -80:-80 -15:35 40:55 60:115 120:120",
    20: "-105:-100 -90:-90 -75:-70 -15:35 40:55 75:85 95:105",
    15: "-95:-85 -15:35 45:50 75:75 100:105 120:120",
    10: "-85:-85 -75:-65 -15:45 75:75 105:105 125:125",
    5: "-75:-55 -10:45 100:100 115:115",
    0: "-80:-50 10:40 100:100 110:115 120:120",
    -5: "-80:-40 15:35 105:105 120:120 135:145",
    -10: "-75:-40 15:40 145:145",
    -15: "-75:-40 15:35 45:45 125:135 145:145",
    -20: "-70:-45 15:35 45:45 120:145",
    -25: "-70:-50 15:30 45:45 115:150",
    -30: "-70:-55 20:30 115:150",
    -35: "-70:-60 20:20 120:120 135:150",
    -40: "-70:-65 145:145 175:175",
    -45: "-70:-70 170:170",
    -50: "-70:-70",
}
"""Latitude → stretches of land, west:east."""


class Disc(Struct, frozen=True):
    """A place with projects: its disc, and its label, which stands beside it at the end of a line."""

    place: str
    regions: tuple[str, ...]
    projects: int
    x: float
    y: float
    radius: float
    label_x: float
    label_y: float
    anchor: str


class Map(Struct, frozen=True):
    """``land`` is the path of an SVG; ``discs`` the largest first, ``missing`` regions without a position."""

    land: str
    discs: tuple[Disc, ...]
    missing: tuple[str, ...]
    width: int = WIDTH
    height: int = HEIGHT


def world(counts: Mapping[str, int], regions: Mapping[str, Region]) -> Map:
    """``counts``: projects by region code."""
    places: defaultdict[tuple[float, float], list[str]] = defaultdict(list)
    missing: list[str] = []
    for code in sorted(counts):
        region = regions.get(code, Region())
        if region.latitude is None or region.longitude is None:
            missing.append(code)
        else:
            places[region.latitude, region.longitude].append(code)
    return Map(_land(), tuple(_discs(places, counts, regions)), tuple(missing))


def _discs(
    places: Mapping[tuple[float, float], list[str]], counts: Mapping[str, int], regions: Mapping[str, Region]
) -> Iterator[Disc]:
    numbers = {place: sum(counts[code] for code in codes) for place, codes in places.items()}
    most = max(numbers.values(), default=1)
    taken: list[tuple[float, float]] = []
    for place, number in sorted(numbers.items(), key=lambda one: (-one[1], one[0])):
        codes = places[place]
        x, y = _at(*place)
        radius = max(4.0, _LARGEST * math.sqrt(number / most))
        # Land lies east of the Atlantic and of the Pacific: labels of the Americas stand to the left.
        left = place[1] < -30
        label_x = x - _LARGEST - 12 if left else x + _LARGEST + 12
        label_y = _free(label_x, y, taken)
        taken.append((label_x, label_y))
        name = regions[codes[0]].city or codes[0]
        yield Disc(
            name, tuple(codes), number, x, y, round(radius, 1), label_x, label_y, "end" if left else "start"
        )


def _free(x: float, y: float, taken: list[tuple[float, float]]) -> float:
    """The height nearest to ``y`` where a label at ``x`` meets no other."""
    for step in range(2 * len(taken) + 1):
        tried = y + _LINE * ((step + 1) // 2) * (1 if step % 2 else -1)
        if all(abs(tried - other_y) >= _LINE or abs(x - other_x) > 220 for other_x, other_y in taken):
            return round(tried, 1)
    return y


def _at(latitude: float, longitude: float) -> tuple[float, float]:
    return round((longitude + 180) * _SCALE, 1), round((_NORTH - latitude) * _SCALE, 1)


def _land() -> str:
    """A path of points: each is a line of no length with round ends."""
    points = []
    for latitude, stretches in _LAND.items():
        for stretch in stretches.split():
            west, east = map(int, stretch.split(":"))
            for longitude in range(west, east + 1, 5):
                x, y = _at(latitude, longitude)
                points.append(f"M{x:g} {y:g}h0")
    return "".join(points)
