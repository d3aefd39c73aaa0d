"""The shape of a look's file: rules, live signs and dialogs, as data.

Patterns are written with named fragments in braces: glyphs of the look (``{cell}`` becomes a group ``cell`` that
holds the glyph) and entries of ``lexicon.toml``. They are compiled once per look.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Shape = Literal["hanging", "label", "line", "box", "rows"]
"""How far a cell reaches.

- ``hanging``: the head at the margin, then every line that is indented or blank;
- ``label``: the head alone on its line, then everything up to the next head;
- ``line``: the head's line only;
- ``rows``: every row looks like the head (a bar before each);
- ``box``: from a top border to the bottom border.
"""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one kind of cell looks."""

    id: str
    head: str
    """A `regex` pattern, matched against a whole line."""
    kind: str
    """An item kind of :mod:`codexbridge.items.model`, ``chrome`` or ``turn_end``."""
    shape: Shape = "hanging"
    style: dict[str, str] = {}
    """Style tests by group name of the head; ``^`` is the first character of the line, ``$`` its last."""
    fill: Literal["any", "shaded", "plain"] = "any"
    """Whether the head's row must be shaded to the right edge."""
    status: dict[str, str] = {}
    """``at``: the group whose colour tells, then colour to status; ``else`` for any other colour."""
    set: dict[str, Any] = {}
    """Fields with fixed values."""
    early: bool = False
    """True where the cell may stand above the echo of the message that it is about: seen while no turn runs, it belongs
    to the turn that begins within moments."""
    streams: bool = False
    """True where the cell may grow over several insertions; others end with the insertion that brought them."""
    indent: int = 2
    """Least indentation of a line that continues a ``hanging`` cell."""
    margin: int = 0
    """Columns before each line of a ``label`` cell."""
    absorbs: str = ""
    """Style test: a line of the same insertion of which every character passes it continues the cell although it
    stands at the margin."""
    anywhere: bool = False
    """True for a head that is indented itself and so must be tried before the open cell claims the line."""
    after: tuple[str, ...] = ()
    """Ids of the rules of which one must have made the cell before (empty: any)."""
    resumes: tuple[str, ...] = ()
    """Ids of streaming rules of which the last cell that streams must be one: another cell cut it in two."""
    keeps: int = 0
    """So many lines below the head belong to a ``label`` cell even where they look like a head that has no style of
    its own: what a tool answered could be anything."""
    wraps: bool = False
    """True where some releases break the cell's lines at a fixed width, in mid-word (the row's trait ``wrap``)."""
    not_within: tuple[str, ...] = ()
    """Ids of rules in whose cells the same text may stand: it begins no cell in the commit that brought one of them."""
    needs_body: str = ""
    """Style test: the next line must come with the head, begin as the look's bodies do and pass it at its first
    character. Words in a message can look like the head alone."""
    needs_blank: bool = False
    """True when the line before must be blank (or the first)."""
    examples: tuple[str, ...] = ()
    """Markup of lines (:mod:`codexbridge.grammar.markup`) that make one cell of this rule."""
    rejects: tuple[str, ...] = ()
    """Markup of lines that must not open a cell of this rule."""


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the lines below a tool cell's head are marked."""

    gutter: str = "  │ "
    """Empty: every line before the first of the body continues the head."""
    first: str = "  └ "
    firsts: tuple[str, ...] = ()
    """Other spellings of ``first``, as wide as it."""
    first_style: str = ""
    """Style test that the first line of the body must pass at its first character."""
    next: str = "    "
    prompt: str = ""
    """What stands before a command that is shown as the shell is given it."""
    elision: str = ""
    """Pattern (with group ``count``) of the row that stands for missing output."""
    elision_style: str = ""
    """Style test at the row's first character: what output cannot have."""
    elision_at: tuple[tuple[int, int], ...] = ()
    """Where that row may stand: lines of the body before and after it. An output that has the row's text elsewhere is
    whole. Empty: anywhere."""
    elides: tuple[str, ...] = ("command_execution",)
    """Kinds of cells whose body may be shown in part."""
    gutter_elision_at: int = -1
    """Lines with the gutter before the row that stands for missing lines of the head; -1: any."""
    gutter_elision: str = ""
    empty: str = r"\(no output\)"
    wraps: bool = False
    """Whether commands and outputs wider than the screen are broken between words, as messages are."""


class LiveRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sign in the live region. ``kind``: status, composer, running, queued, footer."""

    id: str
    kind: Literal["status", "composer", "running", "queued", "footer"]
    head: str
    style: dict[str, str] = {}
    placeholder: str = ""
    """For ``composer``: style test of the last character of a placeholder, where it is not dim."""
    item: str = ""
    """For ``running``: the item kind."""
    reconnecting: bool = False
    examples: tuple[str, ...] = ()
    rejects: tuple[str, ...] = ()


class DialogRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question of Codex in the live region."""

    id: str
    subject: str
    title: str
    """Pattern of the line that begins it."""
    confirm: str = ""
    """Pattern of the line that ends it, where it has one."""
    option: str = r"^\s*[›>❯▶]?\s*(?<key>\d+)\. (?<label>.+)$"
    style: dict[str, str] = {}
    """Style tests for the title, as in :class:`Rule`."""
    answers: dict[str, tuple[str, ...]] = {}
    """Choice (``accept``, ``accept_session``, ``decline``, ``cancel``) to key names."""
    select: tuple[str, ...] = ()
    """Keys after an option's own key, where that only moves the mark."""
    labels: dict[str, str] = {}
    """Choice to the pattern of the label of the option that makes it; goes before ``answers``."""
    field: str = ""
    """Pattern of a line that takes words instead of a choice."""
    always: str = ""
    """The choice that is made whatever the policy says: offers that nobody asked for are declined."""
    examples: tuple[str, ...] = ()


class PagerRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The transcript overlay: a full-screen pager that shows every command and output whole."""

    id: str
    open: tuple[str, ...]
    """Keys that open it."""
    close: tuple[str, ...]
    title: str
    """Pattern of its first row."""
    bottom: str
    """Pattern (with group ``percent``) of the rule below its content."""
    filler: str
    """Pattern of the rows below a content that is shorter than the page."""
    command: str
    """Pattern (group ``command``) of a command's first row."""
    command_style: str
    """Style test at that row's first character."""
    indent: int
    """Indentation of a command's further rows."""
    end: str
    """Pattern of the row that ends a command: groups ``ok`` or ``failed``, ``code``, ``duration``."""
    end_style: str
    """Style test at that row's first character."""
    empty: str
    """Pattern of the row that stands for no output."""
    total: str
    """Pattern of a first row of output that Codex puts there: how long the whole is."""


class LookFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of ``looks/``."""

    title: str
    glyphs: dict[str, str] = {}
    use: tuple[str, ...] = ()
    """Ids of shared rules (``common.toml``), in match order, before the look's own."""
    margin: int = 0
    body: Body = Body()
    rule: tuple[Rule, ...] = ()
    live: tuple[LiveRule, ...] = ()
    dialog: tuple[DialogRule, ...] = ()
    use_live: tuple[str, ...] = ()
    use_dialogs: tuple[str, ...] = ()
    pager: str = ""
    """Id of the transcript overlay in ``common.toml``, for looks that have it."""
    signals: dict[str, str] = {}
    """``title_busy``: pattern of a window title while working. ``call``: pattern of a row at the bottom that quotes the
    arguments of the call that runs (group ``arguments``), where the history draws commands without line breaks."""
    bullets: bool = False
    """True where the items of a list begin with a drawn bullet; elsewhere a bullet is the message's own."""
    traits: dict[str, Any] = {}
    """How most releases of the look behave; a row of the release table says what differs."""


class CommonFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``common.toml``."""

    rule: tuple[Rule, ...] = ()
    live: tuple[LiveRule, ...] = ()
    dialog: tuple[DialogRule, ...] = ()
    pager: tuple[PagerRule, ...] = ()
