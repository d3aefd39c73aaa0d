"""``codexbridge regress``: does Codex still come through? Releases x scenarios, recorded or live."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table

from codexbridge.cli.console import err, out, table, told

if TYPE_CHECKING:
    from codexbridge.lab.regress import Job, Plan, Result

KINDS = ("create", "fix", "trim")
_MOST_LIVE = 2
_TRIALS = ("two-turns", "plain")
"""Scenarios that tell looks apart: every kind of item once."""
_METRICS = (
    *("recall", "precision", "order", "text", "markdown", "source", "commands", "outputs", "failures", "details"),
    *("diffs", "turns", "lifecycle"),
)


@click.command()
@click.option(
    "--releases",
    metavar="LIST",
    help="Releases: 0.47.0, '>=0.160', 0.40..0.60, latest, table, fixtures, cached, all; joined by commas, ! takes "
    "out. Default: fixtures, or with --live the table.",
)
@click.option(
    "--scenarios",
    metavar="LIST",
    default="all",
    show_default=True,
    help="Scenarios, joined by commas; wild-1..9, storm-1..9, rare-1..9: drawn by number; fresh-4: four new ones.",
)
@click.option("--live", is_flag=True, help="Drive the real releases instead of replaying recordings.")
@click.option("--jobs", type=click.IntRange(1), help="Cells at a time (live: at most 2).")
@click.option("--shard", metavar="I/N", help="Only this share of the cells; /N takes I from JOB_COMPLETION_INDEX.")
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("regress-out"),
    show_default=True,
    help="Results, and the recordings of live runs.",
)
@click.option("--resume", is_flag=True, help="Keep the results that --out has and run only what is missing.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML there.")
@click.option("--html", type=click.Path(path_type=Path), help="Write the HTML report into this folder.")
@click.option("--accept", type=click.Choice(KINDS), multiple=True, help="Write goldens of this kind, if true.")
@click.option("--despite", is_flag=True, help="With --accept: note what contradicts the truth as known, and go on.")
@click.option("--looks", is_flag=True, help="Hold the looks, written out, against their goldens, and nothing else.")
@click.option("--try-all", is_flag=True, help="Rank the looks for each release, and propose its row.")
@click.option("--attempts", default=1, show_default=True, help="Live: tries of a run that itself went wrong.")
@click.option("--size", metavar="CxR", help="Live: size of the terminal, such as 1600x40, instead of the row's.")
@click.option("--limit", default=90.0, show_default=True, help="Live: seconds for a turn.")
def regress(
    releases: str | None,
    scenarios: str,
    live: bool,
    jobs: int | None,
    shard: str | None,
    folder: Path,
    resume: bool,
    junit: Path | None,
    html: Path | None,
    accept: tuple[str, ...],
    despite: bool,
    looks: bool,
    try_all: bool,
    attempts: int,
    size: str | None,
    limit: float,
) -> None:
    """Run releases x scenarios and tell what comes through.

    Recorded by default: every fixture through the core, its goldens and its truth held against what comes out.
    Exit status: 0 all passed, 1 some did not, 2 wrong usage, 3 nothing to run.
    """
    from codexbridge.lab import regress as running
    from codexbridge.lab import selection

    if looks:
        sys.exit(_looks(accept))
    if live and jobs is not None and jobs > _MOST_LIVE:
        raise click.UsageError(f"--jobs {jobs}: at most {_MOST_LIVE} live runs at a time, or they disturb each other")
    with told():
        share = selection.shard(shard)
        live = live or try_all
        chosen = selection.releases(releases or ("table" if live else "fixtures"))
        stories = selection.scenarios(scenarios)
        cells = share.of(running.jobs(chosen, stories, "live" if live else "recorded"))
        mode: running.Mode = "live" if live else "recorded"
        columns, rows = selection.size(size)
        plan = running.Plan(
            mode=mode,
            out=folder,
            columns=columns,
            rows_high=rows,
            limit=limit,
            attempts=attempts,
            blind=try_all,
        )
        if try_all:
            plan = _try_all(chosen, stories, plan)
        known = {job: found for job in cells if (found := running.load(job, folder))} if resume else {}
        if not cells:
            err.print("nothing to run: no recordings of these releases; record some with --live --accept create")
            sys.exit(3)
        if live:
            _fetch({job.release for job in cells if job not in known})
        # A live run waits most of the time, a replay computes.
        workers = jobs or (1 if live else min(os.cpu_count() or 1, 8))
        results = [*known.values(), *_run([job for job in cells if job not in known], plan, workers)]
        results.sort(key=lambda result: cells.index(running.Job(result.release, result.scenario)))
        if accept:
            _accept(results, plan, accept, despite)
        if junit:
            from codexbridge.lab import junit as xml

            xml.write(results, junit)
        if html:
            from codexbridge.lab.report import page

            err.print(f"report: {page.write(results, html)}", soft_wrap=True)
    _table(results)
    _known(results)
    _failures(results)
    if try_all:
        _propose(results, plan)
    sys.exit(0 if all(result.state == "passed" for result in results) else 1)


def _fetch(releases: set[str]) -> None:
    from codexbridge.cli.fetching import fetch
    from codexbridge.grammar.releases import version_key
    from codexbridge.lab.errors import LabError

    for release in sorted(releases, key=version_key):
        try:
            fetch(release)
        except LabError as error:
            # The cells of this release say so themselves; the others can still run.
            err.print(f"[red]{escape(str(error))}[/]", soft_wrap=True)


def _run(cells: list[Job], plan: Plan, workers: int) -> list[Result]:
    """All cells, telling what runs."""
    from codexbridge.cli.progress import Cells
    from codexbridge.lab import pool
    from codexbridge.lab import regress as running

    results: list[Result] = []
    with Cells(len(cells)) as display:
        try:
            for job, answer in pool.run(_Work(plan), cells, workers, lambda job: display.begin(job.name)):
                if isinstance(answer, Exception):
                    reason = f"{type(answer).__name__}: {answer}"
                    answer = running.Result(
                        release=job.release, scenario=job.scenario, mode=plan.mode, state="error", reasons=[reason]
                    )
                results.append(answer)
                display.end(job.name, answer.state, answer.reasons[0] if answer.reasons else "", answer.seconds)
        except KeyboardInterrupt:
            err.print(f"stopped after {len(results)} of {len(cells)} cells; go on with --resume --out {plan.out}")
            sys.exit(130)
    return results


class _Work:
    """:func:`codexbridge.lab.regress.execute` with its plan, for a process of its own."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def __call__(self, job: Job) -> Result:
        from codexbridge.lab.regress import execute

        return execute(job, self.plan)


def _accept(results: list[Result], plan: Plan, kinds: tuple[str, ...], despite: bool) -> None:
    import shutil

    from codexbridge.lab import fixture
    from codexbridge.lab.keep import bless
    from codexbridge.lab.regress import write_matrix

    for result in results:
        if result.state in ("error", "missing"):
            continue
        place = fixture.folder_of(result.release, result.scenario)
        source = Path(result.folder)
        new = not (place / "session.cast").is_file()
        if plan.mode == "live" and ("create" if new else "fix") in kinds:
            ran_badly = [reason for reason in result.reasons if "never ended" in reason or "Codex ended" in reason]
            if ran_badly and not despite:
                err.print(f"[red]not accepted[/] {result.name}: {escape(ran_badly[0])}", soft_wrap=True)
                continue
            # Bless it where it lies first: what contradicts the truth must not replace what does not.
            done, in_the_way = bless(fixture.Fixture(source), KINDS, despite=despite)
            if not in_the_way:
                shutil.rmtree(place, ignore_errors=True)
                shutil.copytree(source, place)
                done = [f"{'create' if new else 'fix'} {result.name}"]
        else:
            done, in_the_way = bless(fixture.Fixture(place), kinds, despite=despite)
        for line in done:
            err.print(f"[green]{escape(line)}[/]", soft_wrap=True)
        if in_the_way:
            more = f" (and {len(in_the_way) - 1} more)" if len(in_the_way) > 1 else ""
            err.print(f"[red]not accepted[/] {result.name}: {escape(in_the_way[0])}{more}", soft_wrap=True)
    write_matrix()


def _looks(accept: tuple[str, ...]) -> int:
    """Tell which looks are not as their goldens say, or write these; 1 where any is left that differs."""
    from codexbridge.lab import grammars

    goldens = grammars.check(accept)
    for one in goldens:
        if one.state == "same":
            continue
        err.print(f"[{'green' if one.good else 'red'}]{one.state}[/] {one.look}", soft_wrap=True)
        if one.diff and one.state != "created":
            out.print(escape(one.diff), soft_wrap=True)
    err.print(f"{len(goldens)} looks, {sum(one.state == 'same' for one in goldens)} as they were")
    return 0 if all(one.good for one in goldens) else 1


def _table(results: list[Result]) -> None:
    from codexbridge.lab.regress import figures

    grid = Table("release", "look", "row", "passed", "lines", "unknown", "known", *_METRICS, "s", box=None)
    grid.header_style = "bold"
    for sums in figures(results):
        whole = sums.passed == sums.cells
        grid.add_row(
            sums.release,
            sums.look,
            sums.support,
            f"[{'green' if whole else 'red'}]{sums.passed}/{sums.cells}[/]",
            str(sums.lines),
            f"[red]{sums.unknown}[/]" if sums.unknown else "0",
            str(sums.known),
            *map(sums.share, _METRICS),
            f"{sums.seconds:.0f}",
        )
    table(grid)


def _known(results: list[Result]) -> None:
    """What ``case.toml`` excuses: a list that a person reviews, and that must get shorter."""
    cells = [result for result in results if result.known or result.stale]
    if not cells:
        return
    err.print(f"Known differences, {sum(len(cell.known) for cell in cells)} in {len(cells)} cells:")
    for cell in cells:
        for name in cell.known:
            err.print(f"    {cell.name}: {escape(name)}", soft_wrap=True)
        for name in cell.stale:
            err.print(
                f"    [yellow]{cell.name}: {escape(name)} is gone; take it out with --accept trim[/]", soft_wrap=True
            )


def _failures(results: list[Result]) -> None:
    for result in results:
        if result.state == "passed":
            continue
        err.print(f"[red]{result.state}[/] {result.name}", soft_wrap=True)
        for reason in result.reasons[:12]:
            err.print(f"    {escape(reason)}", soft_wrap=True)
        for one in result.unexplained[:8]:
            err.print(f"    line {one.number}: {escape(one.text)}", soft_wrap=True)
            if one.rule:
                err.print(f"        nearest: {escape(one.rule)}: {escape(one.why)}", soft_wrap=True)
        for name, sides in result.goldens.items():
            err.print(f"    {name}: golden | now", soft_wrap=True)
            err.print(escape(sides), soft_wrap=True)


def _try_all(releases: list[str], stories: list[str], plan: Plan) -> Plan:
    """Find for each release the row that brings most through, and run the rest with it."""
    import msgspec

    from codexbridge.cli.fetching import fetch
    from codexbridge.lab import propose

    story = next((name for name in _TRIALS if name in stories), stories[0])
    rows = []
    for release in releases:
        fetch(release)
        err.print(f"Codex {release}: trying the looks on {story}")
        trials = propose.rank_live(
            release,
            story,
            plan.out / "tried" / release,
            on_start=lambda row: err.print(f"    {row.look} ({row.delivery})", soft_wrap=True),
        )
        grid = Table("look", "driven as", "lines", "unexplained", "items", "faults", "", box=None)
        for trial in trials:
            figures = (trial.lines, trial.unknown, trial.items, len(trial.faults))
            grid.add_row(trial.look, trial.row.delivery, *map(str, figures), escape("; ".join(trial.problems[:1])))
        table(grid)
        rows.append(trials[0].row)
    return msgspec.structs.replace(plan, rows=tuple(rows))


def _propose(results: list[Result], plan: Plan) -> None:
    """Say the row that a release would get, or the lines to write rules from."""
    import msgspec

    from codexbridge.grammar import releases
    from codexbridge.lab import propose, scenario
    from codexbridge.lab.fixture import Fixture
    from codexbridge.lab.losses import LOSSES

    for row in plan.rows:
        cells = [result for result in results if result.release == row.version]
        lines = [(cell.scenario, line) for cell in cells for line in cell.unexplained]
        wrong = [cell for cell in cells if cell.state != "passed"]
        folders = [Fixture(Path(cell.folder)) for cell in cells if cell.folder]
        found = propose.losses(row, folders)
        whole = {*scenario.names()} <= {cell.scenario for cell in cells}
        if lines:
            out.print(f"{row.look} does not read all of {row.version}. Lines to write rules from:")
            for text in propose.advice(row.look, lines, folders):
                out.print(escape(text), soft_wrap=True)
        elif wrong:
            out.print(f"{row.look} explains every line of {row.version}; {len(wrong)} of {len(cells)} cells differ.")
            for name in found.more:
                out.print(f"    it would be explained by the loss {name}: {LOSSES[name]}", soft_wrap=True)
        else:
            out.print(f"{row.look} reads all of {row.version}.")
        if any(known.version == row.version for known in releases.table().rows):
            out.print(f"{row.version} has a row already.")
        else:
            row = msgspec.structs.replace(row, losses=tuple(sorted({*found.shown, *found.more})))
            if found.unseen:
                out.print(f"Its neighbour also loses {', '.join(found.unseen)}, which these cells do not show.")
                out.print("Add those that a run of all scenarios shows.")
            if not whole:
                out.print("It is exact once all scenarios have passed with it.")
            out.print("Its row for codexbridge/grammar/releases.toml:")
            out.print(f"\n{escape(propose.row_text(row, exact=whole and not wrong))}\n", soft_wrap=True)
