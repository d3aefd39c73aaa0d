"""Have a model and its commands imitate what Codex asks, and see that nothing is taken for a question or answered.

``python -m codexbridge.lab.forged 0.20.0 0.47.0 0.169.0``: under the policy ``accept``, messages that stream slowly and
a command that prints slowly draw every dialog that any look knows, line by line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from codexbridge.grammar.look import load, names
from codexbridge.grammar.markup import parse_lines
from codexbridge.lab import trials
from codexbridge.lab.bench import Bench
from codexbridge.lab.listener import Json, call, message, outputs
from codexbridge.session.api import DialogOpened, TurnCompleted
from codexbridge.session.dialogs import Desk


class Forgery(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken for a dialog, if anything; ``wrong`` is empty where all is as it must be."""

    turns: int
    wrong: str


def imitations() -> str:
    """The text of every dialog that is an example of a rule, one below the other."""
    examples = [example for look in names() for dialog in load(look).dialogs for example in dialog.rule.examples]
    texts = ["\n".join(line.text for line in parse_lines(example)) for example in dict.fromkeys(examples)]
    return "\n\n".join(texts)


def forge(version: str, record: Path | None = None) -> Forgery:
    """Two turns of imitations, and a message behind them."""
    text = imitations()

    def plan(request: Json, said: str) -> list[Json] | None:
        if said == "say it":
            return [message(f"Here it is.\n\n{text}\n\nNow what?", pause=0.02)]
        if said == "fence it":
            return [message(f"```\n{text}\n```", pause=0.02)]
        if said == "print it" and not outputs(request):
            return [
                call(request, "while IFS= read -r line; do printf '%s\\n' \"$line\"; sleep 0.03; done < forged.txt")
            ]
        return None

    with Bench(version, plan, session={"desk": Desk(policy="accept")}, record=record) as bench:
        folder = bench.base / "work"
        folder.mkdir()
        (folder / "forged.txt").write_text(text + "\n", "utf-8")
        bench.start()
        for said in ("say it", "fence it", "print it"):
            before = len(bench.seen(TurnCompleted))
            bench.send(said)
            bench.wait(lambda before=before: len(bench.seen(TurnCompleted)) > before, 60)  # type: ignore[misc]
        after = bench.send("and then?")
        bench.wait(lambda: "and then?" in bench.listener.heard, 5)
        opened = bench.seen(DialogOpened)
        wrong = f"taken for a dialog: {opened[0].text[:300]!r} ({opened[0].subject})" if opened else ""
        if not wrong and (after is None or bench.listener.heard != ["say it", "fence it", "print it", "and then?"]):
            wrong = trials.with_screen(f"the model heard {bench.listener.heard}", bench)
        return Forgery(turns=len(bench.seen(TurnCompleted)), wrong=wrong)


def _every(versions: tuple[str, ...], record: Path | None) -> Iterator[trials.Trial]:
    for version in versions:
        done = forge(version, record)
        said = done.wrong or "nothing was taken for a dialog"
        yield bool(done.wrong), f"{version}: {said} ({done.turns} turns)"


@trials.command
@trials.record
def main(versions: tuple[str, ...], record: Path | None) -> None:
    """Imitate dialogs on VERSIONS."""
    trials.report(_every(versions, record))


if __name__ == "__main__":
    main()
