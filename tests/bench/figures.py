"""What was measured, in a form that a terminal and a page can show: series, ratios, and whether they suffice."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Row:
    """One series of values of the same kind, one a chunk (or a try)."""

    label: str
    unit: str
    values: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def cells(self) -> tuple[str, str, str, str, str]:
        """label, min, median, max, count."""
        low, mid, high = (
            f"{number(v)} {self.unit}".rstrip() for v in (min(self.values), self.median, max(self.values))
        )
        return self.label, low, mid, high, str(len(self.values))


@dataclass(frozen=True, slots=True)
class Target:
    """What the median of a row must be: at least, at most, or below a bound. A ratio no further from 1 than `noise`
    counts as 1."""

    row: Row
    sense: Literal["at least", "at most", "under"]
    bound: float
    noise: float = 0.0

    @property
    def met(self) -> bool:
        if abs(self.row.median - 1) < self.noise:
            return True
        match self.sense:
            case "at least":
                return self.row.median >= self.bound
            case "at most":
                return self.row.median <= self.bound
            case "under":
                return self.row.median < self.bound

    def words(self) -> str:
        goal = f"{self.sense} {number(self.bound)} {self.row.unit}".rstrip()
        verdict = "met" if self.met else "MISSED"
        return f"{self.row.label}: {number(self.row.median)} {self.row.unit}".rstrip() + f"; target {goal}: {verdict}"


@dataclass(slots=True)
class Finding:
    """One comparison: its series, the targets that are judged by one of them, and remarks."""

    title: str
    rows: list[Row] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, label: str, unit: str, values: Sequence[float]) -> Row:
        row = Row(label, unit, list(values))
        self.rows.append(row)
        return row

    def judge(self, row: Row, sense: Literal["at least", "at most", "under"], bound: float, noise: float = 0.0) -> None:
        self.targets.append(Target(row, sense, bound, noise))

    def lines(self) -> list[str]:
        """For a terminal."""
        table = [("", "min", "median", "max", "n"), *(row.cells() for row in self.rows)]
        widths = [max(len(row[column]) for row in table) for column in range(5)]
        out = [f"== {self.title}"]
        for cells in table:
            rest = "  ".join(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
            out.append(f"  {cells[0].ljust(widths[0])}  {rest}")
        out += [f"  {'+' if target.met else '!'} {target.words()}" for target in self.targets]
        out += [f"  ({note})" for note in self.notes]
        return out

    def markdown(self) -> list[str]:
        out = [f"### {self.title}", "", "| | min | median | max | n |", "|---|--:|--:|--:|--:|"]
        out += ["| " + " | ".join(row.cells()) + " |" for row in self.rows]
        out.append("")
        out += [f"- **{target.words()}**" for target in self.targets]
        out += [f"- {note}" for note in self.notes]
        out.append("")
        return out


def number(value: float) -> str:
    """Three significant digits, whole numbers from 100 on."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.{1 if abs(value) >= 10 else 2}f}"


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]
