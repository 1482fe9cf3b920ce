"""Draws how the waiting times are distributed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from benchmarks.speed.report import Measured

COLOURS = ("#1f5a96", "#2e8b57", "#b3261e")
STYLES = (":", "-", "--")
INCHES = (11.0, 5.2)
DOTS_PER_INCH = 110


def draw(measured: Sequence[Measured], path: Path) -> None:
    """Write a PNG: for each mix which share of the answers had come after so many milliseconds."""
    figure = Figure(figsize=INCHES, layout="constrained")
    mixes = list(measured[0].loads)
    for axes, mix in zip(figure.subplots(1, len(mixes), sharey=True, squeeze=False)[0], mixes, strict=True):
        for system, colour in zip(measured, COLOURS, strict=False):
            for load, style in zip(system.loads[mix], STYLES, strict=False):
                waits = 1000 * np.sort(load.waits)
                label = f"{system.name}, {load.clients} client{'s' * (load.clients > 1)}"
                axes.plot(waits, np.arange(1, len(waits) + 1) / len(waits), style, color=colour, label=label)
        axes.set_xscale("log")
        axes.set_title(f"Questions: {mix}", fontsize=10)
        axes.set_xlabel("milliseconds until the answer")
        axes.grid(which="both", color="#e4e4e4", linewidth=0.5)
    figure.axes[0].set_ylabel("share of the answers")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(measured), fontsize=8)
    figure.savefig(path, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
