"""Results as JUnit XML, the form that CI systems read: a suite per release, a test case per scenario."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as Xml

from codexbridge.lab.regress import Result, figures

# XML 1.0 has no way to write these.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write(results: list[Result], path: Path) -> None:
    """Write the report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Xml.indent(tree := Xml.ElementTree(document(results)))
    tree.write(path, encoding="utf-8", xml_declaration=True)


def document(results: list[Result]) -> Xml.Element:
    """The report as a tree."""
    root = Xml.Element("testsuites", name="codexbridge regress")
    for sums in figures(results):
        cells = [result for result in results if result.release == sums.release]
        suite = Xml.SubElement(root, "testsuite", name=f"Codex {sums.release}", tests=str(len(cells)))
        suite.set("failures", str(sum(cell.state == "failed" for cell in cells)))
        suite.set("errors", str(sum(cell.state == "error" for cell in cells)))
        suite.set("skipped", str(sum(cell.state == "missing" for cell in cells)))
        suite.set("time", f"{sums.seconds:.3f}")
        for cell in cells:
            _case(suite, cell)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    return root


def _case(suite: Xml.Element, cell: Result) -> None:
    case = Xml.SubElement(suite, "testcase", name=cell.scenario, classname=f"regress.{cell.release}")
    case.set("time", f"{cell.seconds:.3f}")
    if cell.state != "passed":
        tag = {"failed": "failure", "error": "error", "missing": "skipped"}[cell.state]
        outcome = Xml.SubElement(case, tag, message=_clean(cell.reasons[0] if cell.reasons else cell.state))
        outcome.text = _clean("\n".join(_details(cell)))
    if cell.notes:
        Xml.SubElement(case, "system-out").text = _clean("\n".join(cell.notes))


def _details(cell: Result) -> list[str]:
    lines = list(cell.reasons)
    for one in cell.unexplained:
        near = f"   [nearest: {one.rule}, {one.why}]" if one.rule else ""
        lines.append(f"line {one.number}: {one.text}{near}")
    for name, sides in cell.goldens.items():
        lines += ["", name, sides]
    return lines


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
