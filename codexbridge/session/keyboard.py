"""What goes to Codex: keys, pastes and replies, as bytes in the encoding that its terminal modes ask for."""

from __future__ import annotations

from collections.abc import Iterable

from codexbridge.terminal.keys import encode_focus, encode_key, encode_paste
from codexbridge.terminal.terminal import Terminal


class Keyboard:
    """Collects bytes until they are taken."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._out = bytearray()
        self._unfocused = False

    def take(self) -> bytes:
        """Everything since the last call."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def reply(self) -> None:
        """What the terminal answers to Codex' questions."""
        self._out += self._terminal.data_to_send()

    def press(self, *keys: str) -> None:
        """Keys by their names."""
        for key in keys:
            self._out += encode_key(key, self._terminal.modes)

    def strike(self, keys: Iterable[str]) -> None:
        """Keys by their names, or literal texts as ``text:...``."""
        for key in keys:
            if key.startswith("text:"):
                self._out += key[5:].encode()
            else:
                self.press(key)

    def paste(self, text: str) -> None:
        """A text into the composer: a bracketed paste, or keys where no paste is known."""
        self._out += encode_paste(text, self._terminal.modes)

    def erase(self, characters: int) -> None:
        """Empty the composer. The cursor may stand at either end: after a refused command it is put to the front."""
        self.press(*["backspace"] * characters, *["delete"] * characters)

    def nudge(self) -> None:
        """Something that Codex reads and that changes nothing: the focus is still lost."""
        if self._unfocused:
            self._out += encode_focus(False)

    def unfocus(self) -> None:
        """Tell Codex once that its terminal lost the focus, when it asks for that.

        It notifies only a terminal that did; the notification tells the end of a turn.
        """
        if not self._unfocused and self._terminal.modes.focus_reporting:
            self._unfocused = True
            self._out += encode_focus(False)
