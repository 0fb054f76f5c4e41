"""The picture of the package: its rooms on their floors, each as large as its code."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

import house

from vnjp_sim.charts.theme import FONT

WIDTH, FLOOR_HEIGHT, ROOM_HEIGHT = 760, 60, 48
LEFT, GAP, TOP = 40, 14, 10
INK, MUTED, PAPER, LINE = "#1f2933", "#52606d", "#eaf1f8", "#9fb3c8"
STYLE = f"font-family:{FONT};font-size:15px"

Sizes = Mapping[str, tuple[int, int]]


def write_picture(file: Path) -> Path:
    """Write the picture of the package as it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(picture(sizes_of(house.ROOT / house.PACKAGE)), encoding="utf-8")
    return file


def sizes_of(package: Path) -> Sizes:
    """Return the number of files and of lines of each room."""
    sizes: dict[str, tuple[int, int]] = {}
    for name, file in house.modules(package).items():
        files, lines = sizes.get(house.room_of(name), (0, 0))
        count = len(file.read_text(encoding="utf-8").splitlines())
        sizes[house.room_of(name)] = (files + 1, lines + count)
    return sizes


def floors() -> list[list[str]]:
    """Return the rooms that a reader meets, from the highest floor to the lowest."""
    inside = [[r for r in floor if not r.startswith("__")] for floor in reversed(house.FLOORS)]
    return [rooms for rooms in inside if rooms]


def picture(sizes: Sizes) -> str:
    """Return the rooms on their floors, the highest on top, as SVG."""
    height = TOP * 2 + FLOOR_HEIGHT * len(floors())
    boxes = []
    for number, rooms in enumerate(floors()):
        each = (WIDTH - LEFT - 2 - GAP * (len(rooms) - 1)) / len(rooms)
        for place, room in enumerate(rooms):
            left, top = LEFT + place * (each + GAP), TOP + number * FLOOR_HEIGHT
            boxes.append(box(room, sizes[room], left, top, each))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" style="{STYLE}" role="img">'
        "<title>Rooms of the package on their floors: a room imports from below only</title>"
        f"{arrow(height)}{''.join(boxes)}</svg>\n"
    )


def box(room: str, size: tuple[int, int], left: float, top: float, width: float) -> str:
    """Return one room with its name and size."""
    files, lines = size
    told = f"{files} file{'s' if files > 1 else ''} · {lines:,} lines"
    middle = f'x="{left + width / 2:.0f}" text-anchor="middle"'
    return (
        f'<rect x="{left:.0f}" y="{top}" width="{width:.0f}" height="{ROOM_HEIGHT}" rx="6" '
        f'fill="{PAPER}" stroke="{LINE}"/>'
        f'<text {middle} y="{top + 21}" fill="{INK}" font-weight="600">{escape(room)}</text>'
        f'<text {middle} y="{top + 39}" fill="{MUTED}" font-size="12">{told}</text>'
    )


def arrow(height: float) -> str:
    """Return the arrow beside the house: which way imports go."""
    middle, end = height / 2, height - TOP - 4
    return (
        f'<path d="M24,{TOP}V{end}M18,{end - 9}L24,{end}L30,{end - 9}" fill="none" '
        f'stroke="{MUTED}" stroke-width="1.5"/><text transform="translate(14 {middle}) '
        f'rotate(-90)" text-anchor="middle" fill="{MUTED}" font-size="13">imports go down</text>'
    )
