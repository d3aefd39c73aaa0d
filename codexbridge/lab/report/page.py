"""Write the report: a matrix to click into, and a page per cell with its recording, its items and what is wrong.

Everything that the pages need lies beside them: a page opened from disk may load scripts, but fetch nothing, so the
recordings stand inside the pages. The player is asciinema's, from its npm package, put in when the report is written.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from pathlib import Path

from codexbridge import __version__
from codexbridge.grammar.releases import version_key
from codexbridge.lab import npm
from codexbridge.lab.errors import LabError
from codexbridge.lab.judge import Unexplained
from codexbridge.lab.regress import Figures, Result, figures, recording
from codexbridge.lab.score import METRICS

PLAYER = ("asciinema-player", "3.18.0")
_PLAYER_FILES = ("asciinema-player.min.js", "asciinema-player.css")


def write(results: list[Result], folder: Path) -> Path:
    """Write the report into ``folder`` (its pages are replaced); gives the page to open."""
    cells = folder / "cells"
    shutil.rmtree(cells, ignore_errors=True)
    cells.mkdir(parents=True)
    for name in ("report.css", "cell.js"):
        (folder / name).write_bytes(_resource(name).encode())
    trouble = _player(folder / "player")
    ordered = sorted(results, key=lambda one: (version_key(one.release), one.scenario))
    for place, result in enumerate(ordered):
        before = _link(ordered[place - 1]) if place else ""
        after = _link(ordered[place + 1]) if place + 1 < len(ordered) else ""
        page = _cell(result, before, after, trouble)
        (folder / _link(result)).write_bytes(page.encode("utf-8", "backslashreplace"))
    index = folder / "index.html"
    index.write_bytes(_index(ordered).encode("utf-8", "backslashreplace"))
    return index


def _player(folder: Path) -> str:
    """Put the player beside the pages; gives what kept it from being there."""
    try:
        package = npm.install(*PLAYER) / "node_modules" / PLAYER[0]
        folder.mkdir(parents=True, exist_ok=True)
        for name in _PLAYER_FILES:
            shutil.copy(package / "dist" / "bundle" / name, folder / name)
        shutil.copy(package / "LICENSE", folder / "LICENSE")
    except (LabError, OSError) as error:
        return f"The player is not here: {error}"
    return ""


# ---- the matrix -------------------------------------------------------------------------------------------------


def _index(results: list[Result]) -> str:
    scenarios = sorted({result.scenario for result in results})
    by_cell = {(result.release, result.scenario): result for result in results}
    sums = figures(results)
    head = "".join(f'<th class="slant"><span>{escape(name)}</span></th>' for name in scenarios)
    rows = []
    for one in sums:
        cells = "".join(_square(by_cell.get((one.release, name))) for name in scenarios)
        shares = "".join(f"<td>{_share(one, metric)}</td>" for metric in METRICS)
        unknown = f'<b class="bad">{one.unknown}</b>' if one.unknown else "0"
        rows.append(
            f'<tr><th class="release">{escape(one.release)}</th><td class="look">{escape(one.look)}</td>'
            f"<td>{escape(one.support)}</td>{cells}<td>{one.passed}/{one.cells}</td><td>{one.lines}</td>"
            f"<td>{unknown}</td>{shares}<td>{one.known or ''}</td>"
            f"<td class='losses'>{escape(', '.join(one.losses))}</td></tr>"
        )
    passed = sum(result.state == "passed" for result in results)
    lines = sum(one.lines for one in sums)
    unknown_lines = sum(one.unknown for one in sums)
    return _fill(
        "index.html",
        title=f"{passed} of {len(results)} cells passed",
        state="passed" if passed == len(results) else "failed",
        summary=f"{len(sums)} releases, {len(scenarios)} scenarios, {lines} lines of history, "
        f"{unknown_lines} unexplained; "
        f"{escape(_modes(results))}; codexbridge {escape(__version__)}",
        head=head,
        metrics="".join(f"<th>{escape(metric)}</th>" for metric in METRICS),
        rows="\n".join(rows),
        failures=_failures(results),
    )


def _square(result: Result | None) -> str:
    if result is None:
        return '<td class="cell none"></td>'
    sign = {"passed": "✓", "failed": "✗", "error": "!", "missing": "·"}[result.state]
    if result.state == "passed" and result.known:
        sign = "≈"
    told = f"{result.name}: {result.state}" + (f"; {result.reasons[0]}" if result.reasons else "")
    return f'<td class="cell {result.state}"><a href="{_link(result)}" title="{escape(told)}">{sign}</a></td>'


def _share(one: Figures, metric: str) -> str:
    share = one.share(metric)
    return f'<span class="{"low" if share not in ("1.000", "-") else "full"}">{share}</span>'


def _failures(results: list[Result]) -> str:
    parts = []
    for result in results:
        if result.state == "passed":
            continue
        reasons = "".join(f"<li>{escape(reason)}</li>" for reason in result.reasons[:6])
        link = f'<a href="{_link(result)}">{escape(result.name)}</a>'
        parts.append(f'<div class="failure"><h3>{link} <small>{result.state}</small></h3><ul>{reasons}</ul></div>')
    return "".join(parts) or "<p>None.</p>"


def _modes(results: list[Result]) -> str:
    modes = sorted({result.mode for result in results})
    return " and ".join("driven live" if mode == "live" else "replayed from recordings" for mode in modes)


# ---- a cell -----------------------------------------------------------------------------------------------------


def _cell(result: Result, before: str, after: str, trouble: str) -> str:
    cast = recording(result)
    text = ""
    if cast is not None:
        text = (Path(result.folder) / "session.cast").read_bytes().decode("utf-8", "replace")
    else:
        trouble = trouble or "There is no recording of this cell."
    unexplained = {one.number: one for one in result.unexplained}
    tallies = "".join(
        f"<tr><th>{escape(name)}</th><td>{right}/{of}</td></tr>" for name, (right, of) in result.tallies.items() if of
    )
    differences = "".join(
        f"<tr class='{'loss' if one.loss else 'fault'}' data-turn='{one.turn + 1}'>"
        f"<td>{one.turn + 1}</td><td>{escape(one.what)}</td>"
        f"<td>{escape(one.kind)}</td><td><pre>{escape(one.expected)}</pre></td><td><pre>{escape(one.got)}</pre></td>"
        f"<td>{escape(one.loss)}</td></tr>"
        for one in result.differences
    )
    goldens = "".join(
        f"<h3>{escape(name)}</h3><pre class='sides'>{_sides(sides)}</pre>" for name, sides in result.goldens.items()
    )
    return _fill(
        "cell.html",
        title=f"{result.release} · {result.scenario}",
        state=result.state,
        before=f'<a rel="prev" href="../{before}">← before</a>' if before else "",
        after=f'<a rel="next" href="../{after}">next →</a>' if after else "",
        facts=escape(_facts(result)),
        reasons=_list(result.reasons, "reasons") + _list(result.notes, "notes") + _list(_known(result), "known"),
        trouble=f"<p class='trouble'>{escape(trouble)}</p>" if trouble else "",
        cast=_script(text),
        items="".join(
            f'<li class="{escape(one.kind)}" data-at="{one.at}"><time>{one.at:.1f}</time>'
            f"<pre>{escape(one.text)}</pre></li>"
            for one in result.items
        ),
        tallies=tallies or "<tr><td>There is no truth to hold it against.</td></tr>",
        differences=differences or "<tr><td colspan='6'>None.</td></tr>",
        goldens=goldens or "<p>None.</p>",
        history="\n".join(
            _line(number, *line, unexplained.get(number)) for number, line in enumerate(result.transcript, 1)
        ),
    )


def _facts(result: Result) -> str:
    counts = ", ".join(f"{count} {what}" for what, count in result.counts.items())
    return (
        f"{result.mode}; look {result.look or '?'}; row {result.row or '?'} ({result.support or '?'}); "
        f"lines: {counts or 'none'}; {result.seconds:.1f} s"
    )


def _known(result: Result) -> list[str]:
    losses = [f"the release loses: {name} ({times}x)" for name, times in result.losses.items()]
    return [f"known difference: {name}" for name in result.known] + losses


def _line(number: int, what: str, rule: str, text: str, near: Unexplained | None) -> str:
    shown = escape(text) or " "
    note = ""
    if near is not None:
        mark = round(near.reach * len(text))
        shown = f"<mark class='took'>{escape(text[:mark])}</mark><mark class='left'>{escape(text[mark:])}</mark>"
        told = f"nearest: {near.rule}; {near.why}" if near.rule else "no rule takes even its beginning"
        note = f"<div class='near'>{escape(told)}</div>"
    return f"<div class='line {what}'><i>{number}</i><b>{escape(rule)}</b><span>{shown}</span>{note}</div>"


def _sides(text: str) -> str:
    marked = []
    for row in text.split("\n"):
        found = re.search(r" [|<>] | [<>]$", row)
        marked.append(f"<em>{escape(row)}</em>" if found else escape(row))
    return "\n".join(marked)


def _list(lines: Iterable[str], name: str) -> str:
    inner = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul class='{name}'>{inner}</ul>" if inner else ""


def _link(result: Result) -> str:
    return f"cells/{result.release}--{result.scenario}.html"


def _script(text: str) -> str:
    """Text as a JavaScript string that cannot end the script that it stands in."""
    return json.dumps(text).replace("<", "\\u003c")


def _resource(name: str) -> str:
    return files("codexbridge.lab.report").joinpath(name).read_text("utf-8")


def _fill(name: str, **values: str) -> str:
    """A template with its ``{{name}}`` places filled; the values are HTML already, ``title`` is not."""
    values["title"] = escape(values["title"])
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], _resource(name))
