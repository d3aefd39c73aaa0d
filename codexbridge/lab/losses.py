"""What releases lose or misdraw on their own screens, by name.

A row of the release table lists the names that hold for it. They say what the scorer must not expect from the
screen; each needs a proof (a recording and the truth beside it). Everything that is not listed is expected.
"""

from __future__ import annotations

LOSSES: dict[str, str] = {
    "reasoning": "reasoning is not drawn in the history",
    "reasoning_heading": "the bold heading of a reasoning part is not drawn, or not always",
    "reasoning_parts": "the parts of reasoning are drawn without a break between them",
    "reasoning_merged": "reasoning is drawn without its label: as one with what stands before it, or in two pieces",
    "order": "items are drawn in another order than they happened",
    "plan": "plans are not drawn",
    "image": "looking at an image is not drawn",
    "search": "a web search is not drawn",
    "failed_patch": "a patch that cannot be applied is not drawn",
    "patch_kind": "a patch is drawn without its diff: whether a file is added, edited or deleted cannot be told",
    "patch_counts": "the counts of a patch are wrong",
    "move_as_update": "a moved file is drawn without its counts",
    "output": "the output of a successful command is not drawn",
    "output_elided": "a long output is drawn in part, and nothing shows the rest",
    "output_failed": "what a failed command printed to its standard output is not drawn",
    "output_head": "what a command prints at its very start (a quick one: all of it) may not be drawn",
    "returns": "of a line of output with a carriage return only what stands before it is drawn",
    "output_layout": "line breaks and controls in an output are misdrawn",
    "output_counts": "the number of lines left out is wrong",
    "exit": "a failed command looks like a successful one",
    "command": "a command is not drawn where another tool's cell takes its place",
    "command_parsed": "a command is drawn as a reading of it (Read, List, Search), several of them as one group",
    "command_elided": "a command of many lines is drawn in part, and nothing shows the rest",
    "command_newlines": "the line breaks of a command are not drawn",
    "command_tabs": "tabs in a command are not drawn",
    "hidden_after_reads": "a command that ends while a group of reads is the last thing drawn is not drawn",
    "slow_command": "a command that takes a second or more is not drawn",
    "parallel_order": "commands of one answer are drawn in another order",
    "mcp": "MCP calls are not drawn",
    "mcp_status": "success and failure of an MCP call cannot be told",
    "mcp_arguments": "the arguments of an MCP call are not drawn",
    "mcp_elided": "a long MCP result is drawn in part",
    "mcp_newlines": "the line breaks of an MCP result are not drawn",
    "interrupted_command": "an interrupted command is not drawn",
    "interrupted_text": "the unfinished text of an interrupted message is not drawn, or in part",
    "dropped_text": "texts of attempts that broke off are drawn together with the one that succeeded",
    "hurried_text": "of a message that comes in a great hurry pieces are not drawn",
    "error": "the failure of a turn is not drawn",
    "endless_retry": "a refused key is tried again without end, and no error is drawn",
    "wedged": "after a failed turn nothing is sent any more",
    "user_markdown": "what the user says is drawn as Markdown, so that its source cannot be told",
    "zero_width": "characters without a width of their own are not drawn",
    "markdown_lists": "list items are lost, doubled or renumbered when Markdown is drawn",
    "markdown_code": "the first line of a block of code is not drawn where it is indented",
    "markdown_streamed": "where Markdown is drawn as it comes in, lines of it are lost, drawn twice or left as source",
    "markdown_html": "raw HTML and rules are not drawn",
    "wrapped_words": "text is broken at a fixed width within words, and the seam cannot be told from a blank",
}
"""Name -> what is meant, in one line."""
