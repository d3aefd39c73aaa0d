"""Items out of the cells of the older looks."""

from __future__ import annotations

import pytest

from codexbridge.grammar.cells import Segmenter
from codexbridge.grammar.look import Look, load
from codexbridge.grammar.markup import parse_lines
from codexbridge.items import patches
from codexbridge.items.model import (
    AgentMessage,
    AnyItem,
    ApprovalRequest,
    CommandExecution,
    FileChange,
    McpToolCall,
    Notice,
    Reasoning,
    TodoList,
    UserMessage,
)
from codexbridge.items.tracker import Step, Tracker
from codexbridge.transcript.lines import Line


class Reader:
    """Lines in, steps out."""

    def __init__(self, look: Look) -> None:
        self.segmenter = Segmenter(look)
        self.tracker = Tracker(look)
        self.next = 0
        self.steps: list[Step] = []

    def lines(self, markup: str) -> list[Line]:
        made = [Line(self.next + n, line.text, line.runs, line.fill) for n, line in enumerate(parse_lines(markup))]
        self.next += len(made)
        return made

    def commit(self, markup: str) -> Reader:
        for event in self.segmenter.feed(self.lines(markup)):
            self.steps += self.tracker.cell(event)
        return self

    def replace(self, first: int, markup: str) -> Reader:
        last = self.next - 1
        for event in self.segmenter.replace(first, last, self.lines(markup)):
            self.steps += self.tracker.cell(event)
        return self

    def completed(self) -> list[AnyItem]:
        for event in self.segmenter.close():
            self.steps += self.tracker.cell(event)
        self.steps += self.tracker.settle()
        return [step.item for step in self.steps if step.what == "completed"]


def items(look: str, *commits: str, **traits: object) -> list[AnyItem]:
    reader = Reader(load(look).fitted(traits))
    for commit in commits:
        reader.commit(commit)
    return reader.completed()


def test_a_command_whose_lines_stand_at_the_margin() -> None:
    (item,) = items("labels", "{magenta}⚡ Ran command {}cat <<'END'\nx\nEND\n{dim}  ⎿ x{}\n{dim}    ... +3 lines{}")
    assert isinstance(item, CommandExecution)
    assert (item.command, item.elided) == ("cat <<'END'\nx\nEND", 3)
    assert item.aggregated_output == "x\n[3 lines not shown]"


def test_a_reading_of_a_command_with_its_failure() -> None:
    (item,) = items("labels", "{red}✗{} Failed (exit 2)\n{dim}  └ 📂 nowhere{}\n{dim}    ls: cannot access{}")
    assert isinstance(item, CommandExecution)
    assert (item.status, item.exit_code, item.aggregated_output) == ("failed", 2, "ls: cannot access")
    assert item.parsed == [{"type": "list", "target": "nowhere"}]


def test_parts_of_commands_in_a_list_go_on_in_another_commit() -> None:
    first, second = items(
        "labels", "{magenta}>_{}\n  {green}✓{} {blue}📂 ls{}", "  {red}✗{} {blue}⌨️ false{}\n{dim}    oops{}"
    )
    assert isinstance(first, CommandExecution)
    assert isinstance(second, CommandExecution)
    assert (first.status, second.status, second.command) == ("completed", "failed", "false")


def test_a_plan_with_its_note() -> None:
    (item,) = items(
        "labels",
        "📋{bold magenta} Updated{} to do list [{green}███{}░░░░░░░] 1/3\n{italic}note{}\nThree changes\n"
        "  ⎿ {green}✔{} {dim strike}Read{}\n    □ {bold blue}Edit{}\n    □ {dim}Check{}",
    )
    assert isinstance(item, TodoList)
    assert item.explanation == "Three changes"
    assert [step["status"] for step in item.items] == ["completed", "in_progress", "pending"]


def test_a_patch_with_its_diffs_below_the_files() -> None:
    (item,) = items(
        "labels",
        "{bold magenta}✏️ Applying patch{} to 3 files ({green}+4{} {red}-1{})\n"
        "{dim}  └ /p/old.txt (+0 -0){}\n{dim}    /p/a.py → /p/b.py (+1 -1){}\n{dim}    /p/new.md (+3 -0){}\n\n"
        "    {dim}...{}\n    {dim}2{}     {red}-    x{}\n    {dim}2{}     {green}+    y{}\n\n"
        "    {dim}...{}\n    {dim}1{}     {green}+# New{}",
    )
    assert isinstance(item, FileChange)
    assert [(change["path"], change["kind"]) for change in item.changes] == [
        ("/p/old.txt", "delete"),
        ("/p/a.py", "update"),
        ("/p/new.md", "add"),
    ]
    assert item.changes[1]["move_path"] == "/p/b.py"
    assert item.changes[1]["diff"] == "-    x\n+    y"
    # Empty lines are not drawn; the counts say that they are there.
    assert item.changes[2]["diff"] == "+# New\n+\n+"


@pytest.mark.parametrize(
    ("added", "rows", "diff"),
    [
        (2, "7  x,8 +y,10 +z,11  w", " x\n+y\n \n+z\n w"),
        (3, "7  x,8 +y,10 +z,11  w", " x\n+y\n+\n+z\n w"),
        # One of three lines is new, and nothing tells which.
        (3, "3 +a,7  b,8 +c", "+a\n b\n+c"),
        (1, "3 -a,3 +b,9 -c", "-a\n+b\n-c"),
        (4, "2 +b,4 +d", "+\n+b\n+\n+d"),
    ],
)
def test_an_empty_line_of_a_diff_is_put_back_where_its_place_is_certain(added: int, rows: str, diff: str) -> None:
    shown = [f"    {row.split(' ', 1)[0]:<6}{row.split(' ', 1)[1]}" for row in rows.split(",")]
    change = {"path": "a", "kind": "update", "added": added, "removed": 1}
    assert patches._diff(shown, change) == diff


def test_a_patch_that_is_quoted_for_a_shell() -> None:
    quoted = 'apply_patch "*** Begin Patch\n*** Add File: a\n+say \\"\\$x\\" and \\`y\\` \\n\n*** End Patch"'
    assert patches.changes_of(quoted)[0]["diff"] == '+say "$x" and `y` \\n'
    heredoc = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: a\n+\\`y\\`\n*** End Patch\nEOF"
    assert patches.changes_of(heredoc)[0]["diff"] == "+\\`y\\`"


def test_a_patch_of_one_file_has_the_counts_of_its_head() -> None:
    (item,) = items("labels", "{bold magenta}✏️ Applying patch{} to 1 file ({green}+4{} {red}-1{})\n{dim}  └ /p/a.py{}")
    assert isinstance(item, FileChange)
    assert (item.changes[0]["added"], item.changes[0]["removed"]) == (4, 1)


def test_a_call_and_its_result_are_one_item() -> None:
    reader = Reader(load("labels"))
    reader.commit('{magenta}tool{}{dim} running...{}\n{blue}lab{}.{blue}echo{}({{"text":"hi"})')
    done = '{magenta}tool{} {green}success{}{dim}, duration: 0ms{}\n{blue}lab{}.{blue}echo{}({{"text":"hi"})\n\nhi'
    reader.commit(done)
    (item,) = reader.completed()
    assert [step.what for step in reader.steps] == ["started", "completed"]
    assert isinstance(item, McpToolCall)
    assert (item.server, item.tool, item.arguments, item.result) == ("lab", "echo", {"text": "hi"}, "hi")


def test_a_release_that_swaps_success_and_failure() -> None:
    done = "{magenta}tool{} {red}failed{}{dim}, duration: 0ms{}\n{blue}lab{}.{blue}echo{}({{})\n\nhi"
    (item,) = items("labels", done, swapped=["mcp_tool_call"])
    assert item.status == "completed"


def test_lines_broken_in_mid_word_are_joined() -> None:
    row = "x" * 77 + " ab"
    reader = Reader(load("labels").fitted({"wrap": 80}))
    reader.commit("{bold magenta}codex{}\n" + row + "\nc and more\n\nnext\nlast")
    (item,) = reader.completed()
    assert isinstance(item, AgentMessage)
    assert item.plain == row + "c and more\n\nnext\nlast"


def test_a_blank_at_the_break_is_kept() -> None:
    reader = Reader(load("labels").fitted({"wrap": 10}))
    head, row, rest = parse_lines("{bold magenta}codex{}\n123456789\nabc")
    lines = [head, Line(1, row.text, row.runs, blanks=1), Line(2, rest.text)]
    for event in reader.segmenter.feed(lines):
        reader.steps += reader.tracker.cell(event)
    (item,) = reader.completed()
    assert isinstance(item, AgentMessage)
    assert item.plain == "123456789 abc"


def test_every_row_of_an_echo_has_its_bar() -> None:
    (item,) = items("bar", "{dim cyan}▌ {}{dim}one{}\n{dim cyan}▌{}\n{dim cyan}▌ {}{dim}  two{}")
    assert isinstance(item, UserMessage)
    assert item.text == "one\n\n  two"


def test_a_command_below_an_empty_head() -> None:
    ran = "{bold red}•{} {bold}Ran{}\n{dim}  └ {}cat <<'END'\n    x\n    END\n{dim}    no such file{}"
    (item,) = items("bar", ran)
    assert isinstance(item, CommandExecution)
    assert (item.command, item.aggregated_output) == ("cat <<'END'\nx\nEND", "no such file")


def test_a_running_cell_of_a_pane_becomes_its_result() -> None:
    reader = Reader(load("panes"))
    reader.commit("{bold cyan}user{}\nhi\n")
    start = reader.next
    reader.commit("{magenta}command{}{dim} running...{}\n$ bash -lc 'ls -a'")
    done = "{magenta}command{}{dim} (code: 3, duration: 5ms){}\n$ bash -lc 'ls -a'\n{dim}x{}\n{dim}... 3 additional lines{}"
    reader.replace(start, done + "\n\n{bold magenta}codex{}\nDone.")
    _, command, message = reader.completed()
    assert [step.what for step in reader.steps if step.item is not message][1:3] == ["started", "completed"]
    assert isinstance(command, CommandExecution)
    assert (command.command, command.exit_code, command.status, command.elided) == ("ls -a", 3, "failed", 3)
    assert isinstance(message, AgentMessage)
    assert message.plain == "Done."


def test_a_message_of_a_pane_may_be_drawn_anew_below_a_broken_stream() -> None:
    reader = Reader(load("panes"))
    reader.commit("{bold cyan}user{}\nhi\n")
    start = reader.next
    said = "{bold magenta}codex{}\n"
    event = '\n\n{dim}event{}\n{dim}BackgroundEvent(BackgroundEventEvent {{ message: "retrying" }){}\n'
    reader.commit(f"{said}It is bro{event}")
    reader.replace(start, f"{said}It is whole.{event}")
    _, notice, message = reader.completed()
    assert isinstance(notice, Notice)
    assert isinstance(message, AgentMessage)
    assert message.text == "It is whole."


def test_deleted_files_that_count_their_lines_have_no_diff() -> None:
    (item,) = items(
        "labels",
        "{bold magenta}✏️ Applying patch{} to 2 files ({green}+1{} {red}-2{})\n{dim}  └ /p/gone ({}{green}+0{} {red}-1{}{dim}){}\n"
        "{dim}    /p/new ({}{green}+1{} {red}-0{}{dim}){}\n\n    {dim}1{}     {green}+x{}",
    )
    assert isinstance(item, FileChange)
    assert [(c["path"], c["kind"]) for c in item.changes] == [("/p/gone", "delete"), ("/p/new", "add")]


def test_a_patch_of_panes_lists_its_files() -> None:
    (item,) = items(
        "panes",
        "{bold magenta}applying patch{}\n{bold green}A{} /p/new.md (+6)\n{bold yellow}R{} /p/a → /p/b\n"
        "@@ -1 +1 @@\n{red}-x{}\n{green}+y{}\n\n{bold red}D{} /p/old",
    )
    assert isinstance(item, FileChange)
    assert [(c["path"], c["kind"], c["added"], c["removed"]) for c in item.changes] == [
        ("/p/new.md", "add", 6, 0),
        ("/p/a", "update", 1, 1),
        ("/p/old", "delete", 0, 0),
    ]


def test_a_result_of_ink_belongs_to_the_command_before_it() -> None:
    reader = Reader(load("ink"))
    reader.commit("    {bold magenta}command{}\n\n    {dim}${} ls\n      -a")
    reader.commit(
        "    {bold magenta}command.stdout {}{bold dim magenta}(code: 3, duration: 0.1s){}\n\n    {dim}x{}\n"
        "    {dim}... (27 more lines){}"
    )
    (item,) = reader.completed()
    assert isinstance(item, CommandExecution)
    assert (item.command, item.exit_code, item.elided) == ("ls\n  -a", 3, 27)
    assert item.aggregated_output == "x\n[27 lines not shown]"


def test_a_patch_of_ink_is_a_command() -> None:
    patch = "*** Begin Patch\n    *** Add File: a.md\n    +one\n    *** Delete File: b\n    *** End Patch\n    '"
    reader = Reader(load("ink"))
    reader.commit("    {bold magenta}command{}\n\n    {dim}${} apply_patch '" + patch)
    reader.commit("    {bold magenta}command.stdout {}{bold dim magenta}(code: 1, duration: 0s){}\n\n    {dim}no{}")
    (item,) = reader.completed()
    assert isinstance(item, FileChange)
    assert item.status == "failed"
    assert [(c["path"], c["kind"], c["added"]) for c in item.changes] == [("a.md", "add", 1), ("b", "delete", 0)]


def test_a_result_that_comes_after_its_turn_is_an_update() -> None:
    reader = Reader(load("ink"))
    reader.commit("    {bold magenta}command{}\n\n    {dim}${} sleep 9")
    reader.steps += reader.tracker.turn_ended("interrupted")
    reader.commit(
        "    {bold magenta}command.stdout {}{bold dim magenta}(code: 1, duration: 0s){}\n\n    {dim}aborted{}"
    )
    assert [step.what for step in reader.steps] == ["started", "completed", "updated"]


def test_a_patch_that_was_asked_about_is_applied_in_few_words() -> None:
    for look, asked, applied in (
        (
            "labels",
            "{bold magenta}proposed patch{} to 1 file ({green}+1{} {red}-0{})\n{dim}  ⎿ np.txt (+1 -0){}",
            "patch approval decision: Approved\n\n{bold magenta}✏️ Applying patch{}",
        ),
        (
            "bar",
            "• {bold}Proposed Change{} np.txt ({green}+1{} {red}-0{})\n{dim}    1     {}{green}+alpha{}",
            "• {bold}Change Approved{} 1 file ({green}+1{} {red}-0{})",
        ),
        (
            "panes",
            "{bold magenta}proposed patch{}\n{bold green}A{} np.txt (+1)",
            "{bold magenta}patch applied{}",
        ),
    ):
        *_, change = items(look, asked, applied)
        assert isinstance(change, FileChange), look
        assert [(one["path"], one["added"]) for one in change.changes] == [("np.txt", 1)]


def test_a_question_about_a_command_of_several_lines() -> None:
    (given,) = items(
        "bar",
        "{green}✔ {}You {bold}approved{} codex to run\n    {dim}printf x{}\n    {dim}date{}\n{bold} this time{}",
    )
    assert isinstance(given, ApprovalRequest)
    assert (given.text, given.decision) == ("printf x\ndate", "approved")
    (refused,) = items("labels", "{red}✗ {}You {bold}did not approve{} codex to run\n    {dim}date{}")
    assert isinstance(refused, ApprovalRequest)
    assert (refused.text, refused.decision) == ("date", "refused")


def test_a_command_that_the_history_leaves_running_ends_once() -> None:
    left, done = "{bold}•{} {bold}Running{} make", "{bold green}•{} {bold}Ran{} make\n{dim}  └ made{}"
    reader = Reader(load("chevron")).commit(left)
    assert reader.completed() == []
    reader.steps += reader.tracker.turn_ended("completed")
    (item,) = reader.completed()
    assert isinstance(item, CommandExecution)
    assert (item.command, item.status, item.exit_code, item.elided) == ("make", "completed", None, -1)
    reader = Reader(load("chevron")).commit(left)
    reader.commit(done)
    (item,) = reader.completed()
    assert isinstance(item, CommandExecution)
    assert item.aggregated_output == "made"
    assert {step.item.id for step in reader.steps} == {item.id}
    assert reader.tracker.turn_ended("completed") == []


PATCH = "{bold magenta}✏️ Applying patch{} to 1 file ({green}+1{} {red}-0{})\n{dim}  └ /p/new.md (+1 -0){}\n"
APPLIED = "{bold magenta}✓ Applied patch{}\n  └ Success. Updated the following files:\n    {green}A{} new.md\n"


def test_a_thought_that_is_drawn_while_a_patch_is_applied_came_before_it() -> None:
    thought = ("{bold}Editing{}\n\nOne patch can hold it.\n",)
    found = items("labels", PATCH, *thought, APPLIED, "{bold magenta}codex{}\nDone.", trails=True, markdown="bare")
    assert [type(item) for item in found] == [Reasoning, FileChange, AgentMessage]
    found = items("labels", PATCH, *thought, APPLIED, markdown="bare")
    assert [type(item) for item in found] == [FileChange, Reasoning]


def test_parts_of_a_thought_that_are_glued_together_and_drawn_again() -> None:
    label = "{italic magenta}thinking{}\n"
    first, second = "**One**\n\nSome words.", "**Two**\n\nMore words."
    found = items("labels", f"{label}{first}{second}\n", f"\n{label}{second}\n", glues=True, markdown="source")
    assert [item.text for item in found if isinstance(item, Reasoning)] == [f"{first}\n\n{second}"]
    # Two thoughts that say the same are two.
    found = items("labels", f"{label}{second}\n", f"\n{label}{second}\n", glues=True, markdown="source")
    assert [item.text for item in found if isinstance(item, Reasoning)] == [second, second]
    (bold,) = items("labels", f"{label}A **strong** word, and **another** one.\n", glues=True, markdown="source")
    assert isinstance(bold, Reasoning)
    assert bold.text == "A **strong** word, and **another** one."


def test_a_part_of_a_thought_that_vanishes_when_it_is_drawn_anew() -> None:
    reader = Reader(load("panes").fitted({"markdown": "fenced", "glues": True}))
    reader.commit("{italic magenta}thinking{}\n{bold}One{}\n\nSome words.{bold}Two{}\n\nMore words.")
    reader.replace(3, "Some words.\n\n{italic magenta}thinking{}\n\n{bold magenta}codex{}\nSaid.")
    thoughts = [item.text for item in reader.completed() if isinstance(item, Reasoning)]
    assert thoughts == ["**One**\n\nSome words.", "**Two**\n\nMore words."]


def test_outputs_that_are_whole_quote_what_looks_cut() -> None:
    drawn = (
        "    {bold magenta}command{}\n\n    {dim}${} seq 3",
        (
            "\n    {bold magenta}command.stdout {}{bold dim magenta}(code: 0, duration: 0s){}\n\n\n    {dim}1{}\n"
            "    {dim}... (3 more lines){}"
        ),
    )
    (whole,) = items("ink", *drawn, outputs="whole")
    assert isinstance(whole, CommandExecution)
    assert (whole.aggregated_output, whole.elided) == ("\n1\n... (3 more lines)", 0)
    (cut,) = items("ink", *drawn)
    assert isinstance(cut, CommandExecution)
    assert cut.elided == 3


def test_an_output_of_panes_may_begin_with_blank_lines() -> None:
    head = "{magenta}command{}{dim} (code: 0, duration: 9ms){}\n$ bash -lc 'seq 9'\n"
    (item,) = items("panes", head + "\n\n{dim}1{}\n{dim}... 7 additional lines{}", markdown="fenced")
    assert isinstance(item, CommandExecution)
    assert (item.command, item.aggregated_output, item.elided) == ("seq 9", "\n\n1\n[7 lines not shown]", 7)


def test_what_overtakes_a_thought_whose_label_stands_alone_came_after_it() -> None:
    plan = "📋{bold magenta} Update plan{} [{green}██████████{}] 1/1\n{dim}  └ {green}✔{} {dim strike}Read{}\n"
    label, thought = "{italic magenta}thinking{}\n", "{bold}Looking{}\n\nFirst the files.\n"
    found = items("labels", label, plan, thought, "{bold magenta}codex{}\nDone.", trails=True, markdown="bare")
    assert [type(item) for item in found] == [Reasoning, TodoList, AgentMessage]
    # No words come: nothing waits for ever.
    found = items("labels", label, plan, "{bold magenta}codex{}\nDone.", trails=True, markdown="bare")
    assert [type(item) for item in found] == [TodoList, AgentMessage]


def test_a_row_wider_than_the_screen_goes_on_at_the_margin() -> None:
    look = load("labels").fitted({})
    look.columns = 20
    reader = Reader(look)
    reader.commit("{green}✓{} Completed\n{dim}  └ ⌨️ echo one two\nthree\n{dim}    ⌨️ true{}")
    (item,) = reader.completed()
    assert isinstance(item, CommandExecution)
    assert [part["target"] for part in item.parsed] == ["echo one two three", "true"]


def test_a_line_of_a_diff_that_stays_may_begin_with_a_sign() -> None:
    drawn = (
        "{bold magenta}✏️ Applying patch{} to 1 file ({green}+1{} {red}-1{})\n{dim}  └ /p/list.md (+1 -1){}\n"
        "    {dim}1{}     {green}+- new{}\n    {dim}1{}     {red}-- old{}\n    {dim}2{}     - kept"
    )
    (item,) = items("labels", drawn)
    assert isinstance(item, FileChange)
    assert item.changes[0]["diff"] == "+- new\n-- old\n - kept"


def test_what_is_drawn_again_elsewhere_is_no_news() -> None:
    drawn = "{bold green}•{} {bold}Ran{} ls\n{dim}  └ a{}\n\nx\n"
    reader = Reader(load("chevron")).commit(drawn)
    reader.completed()
    told = len(reader.steps)
    reader.replace(0, drawn)
    assert reader.steps[told:] == []


def test_a_command_drawn_without_its_line_breaks_has_those_that_its_status_row_quotes() -> None:
    reader = Reader(load("panes").fitted({"markdown": "fenced"}))
    reader.tracker.quoted('{"command": ["bash", "-lc", "cat > a <<\'E\'\\none\\ntwo\\nE\\nsh ')
    drawn = "$ bash -lc \"cat > a <<'E'onetwoEsh a\""
    reader.commit("{magenta}command{}{dim} running...{}\n" + drawn)
    reader.replace(0, "{magenta}command{}{dim} (code: 0, duration: 9ms){}\n" + drawn)
    (item,) = reader.completed()
    assert isinstance(item, CommandExecution)
    assert item.command == "cat > a <<'E'\none\ntwo\nE\nsh a"
    (begun,) = [step.item for step in reader.steps if step.what == "started"]
    assert isinstance(begun, CommandExecution)
    assert (begun.id, begun.command) == (item.id, item.command)


def test_a_diff_that_is_cut_says_so_and_is_not_filled() -> None:
    (change,) = items(
        "chevron",
        "{dim}•{} {bold}Added{} a.md ({green}+4{} {red}-0{})\n     1 +one\n     2 +two\n"
        "  … Diff preview limited (ctrl + t to view transcript).\n",
    )
    assert isinstance(change, FileChange)
    assert change.changes[0]["diff"] == "+one\n+two\n[2 changed lines not shown]"
