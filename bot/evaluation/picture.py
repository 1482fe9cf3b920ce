"""Draws which services are taken for which, and how far confidences can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.evaluation.calibration import Calibration
from bot.evaluation.evaluation import Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELL_INCHES = 0.19
LABEL_INCHES = 2.4
SMALLEST_INCHES = 4.0
DIAGRAM_INCHES = 5.0
DOTS_PER_INCH = 110
LABEL_POINTS = 8
BLUE, RED, GREY = "#1f5a96", "#b3261e", "#8a8a8a"


def draw(evaluation: Evaluation, path: Path) -> None:
    """Write the picture as PNG: rows are the wanted services, columns those that came instead."""
    from matplotlib.figure import Figure  # its import looks for fonts, which nobody else should wait for

    confusions = evaluation.confusions()
    wanted = sorted({pair[0] for pair in confusions})
    got = sorted({pair[1] for pair in confusions})
    width = max(len(got) * CELL_INCHES + LABEL_INCHES, SMALLEST_INCHES)
    height = max(len(wanted) * CELL_INCHES + LABEL_INCHES, SMALLEST_INCHES)
    figure = Figure(figsize=(width + DIAGRAM_INCHES, height), layout="constrained")
    grid = figure.add_gridspec(1, 2, width_ratios=(width, DIAGRAM_INCHES))
    _draw_confusions(figure.add_subplot(grid[0]), wanted, got, confusions)
    _draw_reliability(figure.add_subplot(grid[1]), evaluation.calibration)
    figure.savefig(path, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})


def _draw_confusions(axes: Axes, wanted: list[str], got: list[str], counts: Mapping[tuple[str, str], int]) -> None:
    axes.set_title("Wanted (rows) and what came first instead (columns)", fontsize=10)
    if not counts:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "nothing was confused", ha="center", transform=axes.transAxes)
        return
    grid = np.array([[counts.get((row, column), 0) for column in got] for row in wanted])
    most = int(grid.max())
    axes.imshow(np.where(grid, grid, np.nan), cmap="YlOrRd", vmin=0, vmax=max(most, 4), aspect="equal")
    axes.set_xticks(range(len(got)), got, rotation=90, fontsize=LABEL_POINTS)
    axes.set_yticks(range(len(wanted)), wanted, fontsize=LABEL_POINTS)
    axes.set_xticks(np.arange(len(got) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(wanted) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#e4e4e4", linewidth=0.5)
    axes.tick_params(which="both", length=0)
    for row, column in zip(*np.nonzero(grid), strict=True):
        colour = "white" if grid[row, column] > 0.6 * max(most, 4) else "black"
        axes.text(column, row, str(grid[row, column]), ha="center", va="center", fontsize=LABEL_POINTS, color=colour)


def _draw_reliability(axes: Axes, calibration: Calibration) -> None:
    error = calibration.error
    shown = "–" if error is None else f"{error:.3f}"
    axes.set_title(f"Confidence and right services (calibration error {shown})", fontsize=10)
    axes.set_box_aspect(1)
    axes.set_anchor("N")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="as it should be")
    axes.bar(
        [each.low for each in calibration.bins],
        [each.right for each in calibration.bins],
        width=[each.high - each.low for each in calibration.bins],
        align="edge",
        color=BLUE,
        alpha=0.75,
        edgecolor="white",
        label="share with the right service",
    )
    axes.plot(
        [each.confidence for each in calibration.bins],
        [each.right for each in calibration.bins],
        color=RED,
        marker="o",
        markersize=4,
        linewidth=1,
        label="at the mean confidence",
    )
    for each in calibration.bins:
        axes.text((each.low + each.high) / 2, 0.015, str(each.count), ha="center", fontsize=LABEL_POINTS, color="white")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("confidence (in each bar: number of messages)")
    axes.set_ylabel("right service")
    axes.legend(loc="upper left", fontsize=LABEL_POINTS)
