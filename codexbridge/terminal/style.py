"""Select Graphic Rendition: parameters to styles, and styles to the one-character pens that the grid stores.

A row keeps its attributes as a string beside its text, one character (a *pen*) per cell, so that erasing,
scrolling and cutting attributes are string operations. A :class:`Palette` says which pen stands for which style.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyte import graphics

from codexbridge.terminal.records import PLAIN, Style

PLAIN_PEN = "\0"
"""The pen of :data:`~codexbridge.terminal.records.PLAIN`; never reassigned."""

_NAMES = tuple(graphics.FG_ANSI[30 + n] for n in range(8)) + tuple(graphics.FG_AIXTERM[90 + n] for n in range(8))
# The first sixteen of the 256 are the named colours: a program that says 38;5;2 and one that says 32 mean the same.
_INDEXED = _NAMES + tuple(graphics.FG_BG_256[16:256])

_SWITCHES: dict[int, dict[str, bool]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    5: {"blink": True},
    6: {"blink": True},
    7: {"reverse": True},
    9: {"strike": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    25: {"blink": False},
    27: {"reverse": False},
    29: {"strike": False},
}
_MOST_PARAMETERS = 64


def parse_rendition(parameters: str, style: Style) -> Style:
    """``style`` after ``CSI parameters m``. Unknown and cut-off parameters change nothing.

    Both spellings of a colour are read: ``38;5;1`` and ``38:5:1``, ``38;2;r;g;b`` and ``38:2::r:g:b`` (ISO 8613-6).

    >>> parse_rendition("1;38;2;255;0;16", PLAIN)
    Style(fg='ff0010', bg='default', bold=True, dim=False, italic=False, underline=False, strike=False, \
reverse=False, blink=False, link='')
    """
    fields = parameters.split(";")[:_MOST_PARAMETERS]
    changes: dict[str, str | bool] = {}
    position = 0
    while position < len(fields):
        field = fields[position]
        position += 1
        if ":" in field:
            _apply_subparameters(field.split(":"), changes)
            continue
        code = _number(field)
        if code == 0:
            changes = PLAIN._asdict()
            changes["link"] = style.link  # a hyperlink is no rendition: SGR 0 leaves it open
        elif code in _SWITCHES:
            changes.update(_SWITCHES[code])
        elif code in (38, 48, 58):
            kind = _number(fields[position]) if position < len(fields) else -1
            taken = {5: 2, 2: 4}.get(kind, 1)
            arguments = [_number(item) for item in fields[position + 1 : position + taken]]
            position += taken
            if code != 58 and (colour := _colour(kind, arguments)):
                changes["fg" if code == 38 else "bg"] = colour
        elif 30 <= code <= 37:
            changes["fg"] = _NAMES[code - 30]
        elif 40 <= code <= 47:
            changes["bg"] = _NAMES[code - 40]
        elif 90 <= code <= 97:
            changes["fg"] = _NAMES[code - 82]
        elif 100 <= code <= 107:
            changes["bg"] = _NAMES[code - 92]
        elif code == 39:
            changes["fg"] = "default"
        elif code == 49:
            changes["bg"] = "default"
    return style._replace(**changes)  # type: ignore[arg-type]


def _apply_subparameters(parts: list[str], changes: dict[str, str | bool]) -> None:
    code = _number(parts[0])
    if code == 4:
        changes["underline"] = parts[1] != "0"
    elif code in (38, 48):
        kind = _number(parts[1])
        # 38:2:r:g:b leaves the colour space out; with one more field it is there (and usually empty).
        numbers = [_number(part) for part in (parts[3:] if kind == 2 and len(parts) > 5 else parts[2:])]
        if colour := _colour(kind, numbers):
            changes["fg" if code == 38 else "bg"] = colour


def _colour(kind: int, arguments: list[int]) -> str:
    if kind == 5 and arguments and 0 <= arguments[0] <= 255:
        return _INDEXED[arguments[0]]
    if kind == 2 and len(arguments) >= 3 and all(0 <= item <= 255 for item in arguments[:3]):
        return "{:02x}{:02x}{:02x}".format(*arguments[:3])
    return ""


def _number(field: str) -> int:
    """The value of one parameter, 0 when it is empty, -1 when it is no number of sensible size."""
    if not field:
        return 0
    return int(field) if field.isdigit() and field.isascii() and len(field) < 10 else -1


class Palette:
    """Pens and the styles that they stand for.

    It grows by one pen per new style. ``full`` turns true when it is time for the owner to collect the pens in
    use and call :meth:`compact`, so that a program which draws every colour there is cannot make it grow without end.
    """

    _FIRST_LIMIT = 4096
    _MOST_RESOLVED = 100_000
    """Renditions that callers may have kept answers for, before it is time to begin anew."""

    def __init__(self) -> None:
        self.styles: list[Style] = [PLAIN]
        self.pens: dict[Style, str] = {PLAIN: PLAIN_PEN}
        self.erasers: dict[str, str] = {PLAIN_PEN: PLAIN_PEN}
        """The pen that erasing leaves behind: the background colour alone."""
        self.limit = self._FIRST_LIMIT
        self._resolved = 0

    @property
    def full(self) -> bool:
        return len(self.styles) > self.limit or self._resolved > self._MOST_RESOLVED

    def style(self, pen: str) -> Style:
        return self.styles[ord(pen)]

    def pen(self, style: Style) -> str:
        pen = self.pens.get(style)
        if pen is None:
            pen = self.pens[style] = chr(len(self.styles))
            self.styles.append(style)
        return pen

    def rendition(self, pen: str, *each: str) -> str:
        """The pen after ``CSI parameters m`` for each of the parameters; may be kept until :meth:`compact`."""
        self._resolved += 1
        style = self.style(pen)
        for parameters in each:
            style = parse_rendition(parameters, style)
        return self.pen(style)

    def eraser(self, pen: str) -> str:
        new = self.erasers[pen] = self.pen(Style(bg=self.style(pen).bg))
        return new

    def compact(self, used: Iterable[str]) -> dict[int, str]:
        """Forget every pen that is not ``used``; the answer is a table for ``str.translate`` from old to new."""
        kept = {pen: self.style(pen) for pen in dict.fromkeys(used)}
        self._resolved = 0
        self.styles = [PLAIN]
        self.pens = {PLAIN: PLAIN_PEN}
        self.erasers = {PLAIN_PEN: PLAIN_PEN}
        table = {ord(pen): self.pen(style) for pen, style in kept.items()}
        self.limit = max(self._FIRST_LIMIT, 2 * len(self.styles))
        return table
