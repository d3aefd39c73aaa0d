// Plays bytes into xterm.js and prints its screen as JSON, one line per picture.
// Usage: node xterm_oracle.mjs MODULES COLUMNS ROWS CUTS < bytes     (after each of the comma-separated offsets)
//        node xterm_oracle.mjs MODULES COLUMNS ROWS programs < lines (each a program in base64, on a new terminal)
//        node xterm_oracle.mjs MODULES COLUMNS ROWS time < bytes     (seconds that it takes)
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [modules, columns, rows, cuts] = process.argv.slice(2);
const require = createRequire(modules + "/");
const { Terminal } = require("@xterm/headless");
const { Unicode11Addon } = require("@xterm/addon-unicode11");

let terminal;
let failed;
let broken = false;
process.on("uncaughtException", (error) => {
  if (!failed) throw error;
  broken = true;
  failed();
});
function open() {
  terminal = new Terminal({ cols: Number(columns), rows: Number(rows), allowProposedApi: true, scrollback: 1000 });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = "11";
}
open();
const data = readFileSync(0);
const write = (part) => new Promise((done) => terminal.write(part, done));

function colour(cell, side) {
  const value = cell[`get${side}Color`]();
  if (cell[`is${side}Default`]()) return "default";
  if (cell[`is${side}RGB`]()) return value.toString(16).padStart(6, "0");
  return value;
}

function picture() {
  const buffer = terminal.buffer.active;
  const screen = [];
  for (let y = 0; y < terminal.rows; y++) {
    const line = buffer.getLine(buffer.baseY + y);
    const cells = [];
    let cell = buffer.getNullCell();
    for (let x = 0; line && x < terminal.cols; x++) {
      line.getCell(x, cell);
      if (cell.getWidth() === 0) continue;
      const flags = ["Bold", "Dim", "Italic", "Underline", "Inverse", "Strikethrough"];
      const style = flags.map((flag) => (cell[`is${flag}`]() ? "1" : "0")).join("");
      cells.push([cell.getChars() || " ", style, colour(cell, "Fg"), colour(cell, "Bg")]);
    }
    while (cells.length && cells.at(-1)[0] === " " && cells.at(-1)[3] === "default") cells.pop();
    screen.push(cells);
  }
  const wrapped = [];
  for (let y = 1; y < terminal.rows; y++) {
    if (buffer.getLine(buffer.baseY + y)?.isWrapped) wrapped.push(y - 1);
  }
  return { screen, wrapped, cursor: [Math.min(buffer.cursorX, terminal.cols - 1), buffer.cursorY] };
}

if (cuts === "time") {
  const start = process.hrtime.bigint();
  for (let from = 0; from < data.length; from += 4096) await write(data.subarray(from, from + 4096));
  console.log(Number(process.hrtime.bigint() - start) / 1e9);
} else if (cuts === "programs") {
  for (const program of data.toString().split("\n").filter(Boolean)) {
    // xterm.js throws, outside of any promise, on some programs: those have no picture.
    open();
    failed = undefined;
    await Promise.race([write(Buffer.from(program, "base64")), new Promise((done) => (failed = done))]);
    console.log(broken ? "null" : JSON.stringify(picture()));
    broken = false;
    terminal.dispose();
  }
} else {
  let from = 0;
  for (const cut of cuts.split(",").map(Number)) {
    await write(data.subarray(from, cut));
    from = cut;
    console.log(JSON.stringify(picture()));
  }
}
