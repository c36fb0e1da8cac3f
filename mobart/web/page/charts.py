"""Small charts as SVG, drawn by the server, with their figures in words for who cannot see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 320, 80
"""Of the drawing area, in units of the SVG."""
SVG = Markup(
    '<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{label}"'
    ' preserveAspectRatio="none">{body}</svg>'
)


@dataclass(frozen=True, slots=True)
class Series:
    """One line or stack of bars; *name* is also its class in the style sheet."""

    name: str
    values: Sequence[float]

    @property
    def last(self) -> float:
        """The newest value."""
        return self.values[-1] if self.values else 0.0


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its title and unit."""

    title: str
    unit: str
    series: Sequence[Series]
    stacked: bool = False

    @property
    def top(self) -> float:
        """The largest value that is drawn."""
        columns = zip(*(one.values for one in self.series), strict=True)
        tops = [sum(column) if self.stacked else max(column) for column in columns]
        return max(tops, default=0.0)

    @property
    def label(self) -> str:
        """The chart in words."""
        told = (
            f"{one.name}: now {number(one.last)}, in all {number(sum(one.values))},"
            f" at most {number(max(one.values, default=0))}"
            for one in self.series
        )
        return f"{self.title} in {self.unit}. {'; '.join(told)}."

    @property
    def svg(self) -> Markup:
        """The drawing."""
        body = _bars(self) if self.stacked else _lines(self)
        return SVG.format(width=WIDTH, height=HEIGHT, label=self.label, body=body)


def number(value: float) -> str:
    """Write a figure shortly."""
    return f"{value:.0f}" if value == int(value) or value >= 100 else f"{value:.2f}"  # noqa: PLR2004


def _lines(chart: Chart) -> Markup:
    top = chart.top or 1.0
    drawn = [
        Markup('<polyline class="line {name}" points="{points}"/>').format(
            name=escape(one.name), points=_points(one.values, top)
        )
        for one in chart.series
    ]
    return Markup().join(drawn)


def _points(values: Sequence[float], top: float) -> str:
    step = WIDTH / max(1, len(values) - 1)
    return " ".join(
        f"{at * step:.1f},{HEIGHT - 2 - value / top * (HEIGHT - 6):.1f}"
        for at, value in enumerate(values)
    )


def _bars(chart: Chart) -> Markup:
    """Stack the series upon each other."""
    top, drawn = chart.top or 1.0, list[Markup]()
    floors = [0.0] * len(chart.series[0].values)
    step = WIDTH / max(1, len(floors))
    for one in chart.series:
        for at, value in enumerate(one.values):
            if value <= 0:
                continue
            tall = value / top * (HEIGHT - 4)
            low = HEIGHT - floors[at]
            floors[at] += tall
            bar = Markup('<rect class="bar {n}" x="{x}" y="{y}" width="{w}" height="{h}"/>')
            drawn.append(
                bar.format(
                    n=one.name,
                    x=f"{at * step:.2f}",
                    y=f"{low - tall:.2f}",
                    w=f"{max(0.6, step - 0.8):.2f}",
                    h=f"{tall:.2f}",
                )
            )
    return Markup().join(drawn)
