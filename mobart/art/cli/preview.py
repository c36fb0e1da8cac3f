"""A page with before and after of all pictures of a run: one HTML file, nothing from outside."""

import base64
import html
import io
from collections.abc import Sequence

from PIL import Image

from mobart.art.artwork import Artwork
from mobart.art.cli.make import Made, enlarged

SIDE = 512
"""Longest side in pixels of the pictures in the page, so that a hundred make some 20 MB."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif; }}
body {{ margin: 1.5rem; }}
h1 {{ font-size: 1.3rem; }}
article {{ margin: 0 0 2rem; padding-top: 1rem; border-top: 1px solid #8886; }}
h2 {{ margin: 0 0 .5rem; font-size: 1rem; overflow-wrap: anywhere; }}
.row {{ display: flex; flex-wrap: wrap; gap: 1rem; }}
figure {{ margin: 0; max-width: 100%; }}
figcaption {{ font-size: .85rem; opacity: .75; }}
img {{ display: block; max-width: 100%;
  background: repeating-conic-gradient(#999 0 25%, #bbb 0 50%) 0 0 / 24px 24px; }}
img.cells {{ image-rendering: pixelated; }}
p {{ margin: .5rem 0 0; white-space: pre-line; overflow-wrap: anywhere; }}
.failed p {{ color: #c33; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{summary}</p>
{articles}
</body>
</html>
"""


def page(made: Sequence[Made], preset: str) -> str:
    """Return the page that shows *made*, pictures made with *preset*."""
    failed = sum(not each.good for each in made)
    summary = f"{len(made) - failed} of {len(made)} pictures were made." if failed else ""
    return PAGE.format(
        title=html.escape(f"Before and after: {len(made)} pictures, preset {preset}"),
        summary=summary,
        articles="\n".join(map(_article, made)),
    )


def _article(made: Made) -> str:
    figures = []
    if made.before is not None:
        figures.append(_figure(_shrunk(made.before), "before", made.before.size))
    for number, art in enumerate(made.after, 1):
        figures.append(_after(art, "after" if len(made.after) == 1 else f"after, tile {number}"))
    text = html.escape("\n".join(made.lines))
    return (
        f'<article class="{"made" if made.good else "failed"}"><h2>{html.escape(made.name)}</h2>\n'
        f'<div class="row">{"".join(figures)}</div>\n<p>{text}</p></article>'
    )


def _after(art: Artwork, caption: str) -> str:
    height, width = art.pixels.shape[:2]
    return _figure(enlarged(art, SIDE), caption, (width, height), cells=art.native)


def _figure(image: Image.Image, caption: str, size: tuple[int, int], *, cells: bool = False) -> str:
    """Return one picture with its caption; *size* is what it stands for."""
    text = f"{caption}, {size[0]}x{size[1]}"
    return (
        f'<figure><img src="{_data(image)}" alt="{text}" width="{image.width}"'
        f' height="{image.height}"{" class=cells" if cells else ""}>'
        f"<figcaption>{text}</figcaption></figure>"
    )


def _shrunk(image: Image.Image) -> Image.Image:
    small = image.copy()
    small.thumbnail((SIDE, SIDE))
    return small


def _data(image: Image.Image) -> str:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
