"""What a program has switched on that matters to whoever types: input modes and keyboard protocol."""

from __future__ import annotations

_MOUSE = {9: "x10", 1000: "button", 1002: "drag", 1003: "motion"}
_MOUSE_CODING = {1005: "utf8", 1006: "sgr", 1015: "urxvt", 1016: "pixel"}
_FLAGS = {
    1: "application_cursor",
    66: "application_keypad",
    1004: "focus_reporting",
    2004: "bracketed_paste",
    2026: "synchronized",
}
_DEEPEST_STACK = 32


class Modes:
    """Input modes of a terminal, named as their documents name them."""

    def __init__(self) -> None:
        self.application_cursor = False
        self.application_keypad = False
        self.bracketed_paste = False
        self.focus_reporting = False
        self.synchronized = False
        """A synchronized update is open."""
        self.mouse: set[str] = set()
        """``button``, ``drag``, ``motion``: what mouse events are asked for."""
        self.mouse_coding: set[str] = set()
        self.cursor_shape = 0
        self.modify_other_keys = 0
        self.alternate = False
        self._kitty: dict[bool, list[int]] = {False: [0], True: [0]}

    @property
    def kitty_flags(self) -> int:
        """Flags of the kitty keyboard protocol in force; each buffer has a stack of its own."""
        return self._kitty[self.alternate][-1]

    def push_kitty(self, flags: int = 0, *_: int) -> None:
        stack = self._kitty[self.alternate]
        stack.append(flags & 31)
        del stack[1 : len(stack) - _DEEPEST_STACK + 1]

    def pop_kitty(self, count: int = 1, *_: int) -> None:
        stack = self._kitty[self.alternate]
        del stack[max(1, len(stack) - max(count, 1)) :]

    def set_kitty(self, flags: int = 0, how: int = 1, *_: int) -> None:
        stack = self._kitty[self.alternate]
        flags &= 31
        stack[-1] = {2: stack[-1] | flags, 3: stack[-1] & ~flags}.get(how, flags)

    def switch(self, mode: int, on: bool) -> bool:
        """DECSET or DECRST of one mode. False if it is none of ours."""
        if (name := _FLAGS.get(mode)) is not None:
            setattr(self, name, on)
        elif (mouse := _MOUSE.get(mode)) is not None:
            (self.mouse.add if on else self.mouse.discard)(mouse)
        elif (coding := _MOUSE_CODING.get(mode)) is not None:
            (self.mouse_coding.add if on else self.mouse_coding.discard)(coding)
        else:
            return False
        return True

    def state(self, mode: int) -> bool | None:
        """Whether a private mode is on; ``None`` if it is none of ours."""
        if (name := _FLAGS.get(mode)) is not None:
            return bool(getattr(self, name))
        if (mouse := _MOUSE.get(mode)) is not None:
            return mouse in self.mouse
        if (coding := _MOUSE_CODING.get(mode)) is not None:
            return coding in self.mouse_coding
        return None
