#!/usr/bin/env python3
"""Draws the packages' icon, eng/icon.png: kelp that holds on to a rock. Needs nothing but Python.

    python3 eng/icon.py
"""
import math
import pathlib
import struct
import zlib

SIZE, SAMPLES = 128, 4

SEA_TOP, SEA_BOTTOM = (22, 120, 128), (8, 52, 74)
ROCK, ROCK_LIGHT = (86, 96, 104), (124, 135, 141)
KELP, KELP_LIGHT = (224, 178, 74), (242, 206, 122)


def curve(points, steps=14):
    """A quadratic Bézier curve as points."""
    (ax, ay), (bx, by), (cx, cy) = points
    for i in range(steps + 1):
        t = i / steps
        u = 1 - t
        yield u * u * ax + 2 * u * t * bx + t * t * cx, u * u * ay + 2 * u * t * by + t * t * cy


def stroke(points, begin, end):
    """A line that tapers from one radius to another, as a list of round segments."""
    points = list(points)
    last = len(points) - 1
    radius = [begin + (end - begin) * i / last for i in range(last + 1)]
    return [(points[i], points[i + 1], radius[i], radius[i + 1]) for i in range(last)]


def inside(segments, x, y):
    for (ax, ay), (bx, by), begin, end in segments:
        dx, dy = bx - ax, by - ay
        t = max(0.0, min(1.0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
        if math.hypot(x - ax - t * dx, y - ay - t * dy) <= begin + (end - begin) * t:
            return True
    return False


# The stem, the blades that it carries, and the branches by which it holds.
STEM = stroke(curve([(64, 84), (60, 58), (66, 22)]), 5.2, 3.2)
BLADES = [
    stroke(curve([(63, 60), (84, 58), (96, 40)]), 5.4, 1.2),
    stroke(curve([(62, 50), (42, 50), (30, 32)]), 5.4, 1.2),
    stroke(curve([(64, 34), (80, 30), (86, 15)]), 4.6, 1.0),
    stroke(curve([(65, 28), (52, 26), (46, 13)]), 4.4, 1.0),
]
ROOTS = [
    stroke(curve([(64, 82), (46, 84), (30, 105)]), 4.6, 1.6),
    stroke(curve([(64, 82), (55, 90), (48, 108)]), 4.2, 1.6),
    stroke(curve([(64, 82), (64, 94), (66, 111)]), 4.2, 1.6),
    stroke(curve([(64, 82), (74, 90), (82, 108)]), 4.2, 1.6),
    stroke(curve([(64, 82), (83, 84), (98, 103)]), 4.6, 1.6),
]
LIGHT = stroke(curve([(62.6, 78), (59.4, 56), (65, 24)]), 1.3, 0.8)


def rounded(x, y, radius=26.0):
    """Whether a point is in the square with round corners."""
    dx, dy = max(radius - x, x - (SIZE - radius), 0.0), max(radius - y, y - (SIZE - radius), 0.0)
    return math.hypot(dx, dy) <= radius


def rock(x, y, grow=0.0):
    return ((x - 64) / (46 + grow)) ** 2 + ((y - 112) / (26 + grow)) ** 2 <= 1 and y <= 116


def colour(x, y):
    if not rounded(x, y):
        return (0, 0, 0, 0)
    if inside(LIGHT, x, y):
        return (*KELP_LIGHT, 255)
    if any(inside(part, x, y) for part in [STEM, *BLADES, *ROOTS]):
        return (*KELP, 255)
    if rock(x, y):
        return (*(ROCK_LIGHT if not rock(x + 2.5, y + 3.5, -1.5) else ROCK), 255)
    t = y / SIZE
    return (*(round(a + (b - a) * t) for a, b in zip(SEA_TOP, SEA_BOTTOM)), 255)


def pixel(column, row):
    total = [0, 0, 0, 0]
    for i in range(SAMPLES * SAMPLES):
        red, green, blue, alpha = colour(column + (i % SAMPLES + 0.5) / SAMPLES, row + (i // SAMPLES + 0.5) / SAMPLES)
        for channel, value in enumerate((red * alpha, green * alpha, blue * alpha, alpha)):
            total[channel] += value
    alpha = total[3]
    return bytes([round(value / alpha) if alpha else 0 for value in total[:3]] + [round(alpha / SAMPLES**2)])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


rows = b"".join(b"\0" + b"".join(pixel(column, row) for column in range(SIZE)) for row in range(SIZE))
header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
pathlib.Path(__file__).with_name("icon.png").write_bytes(png)
