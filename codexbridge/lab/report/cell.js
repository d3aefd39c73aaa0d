// The recording beside its items: a click on an item goes to the moment at which it was complete.
"use strict";
(() => {
  const place = document.getElementById("player");
  const clock = document.getElementById("clock");
  const items = [...document.querySelectorAll("#items li")];
  let player = null;
  let whole = false;

  function last() {
    const lines = RECORDING.trimEnd().split("\n");
    try { return JSON.parse(lines[lines.length - 1])[0]; } catch { return 0; }
  }

  function exitAt() {
    const lines = RECORDING.split("\n");
    for (const line of lines) {
      if (!line.includes('"m", "exit"')) continue;
      try { return JSON.parse(line)[0]; } catch { break; }
    }
    return last();
  }

  function show(at) {
    if (player) player.dispose();
    place.textContent = "";
    place.className = whole ? "whole" : "readable";
    player = AsciinemaPlayer.create({ data: RECORDING }, place, {
      fit: whole ? "width" : false,
      terminalFontSize: "11px",
      idleTimeLimit: 2,
      preload: true,
      startAt: at,
      poster: `npt:${at}`,
      controls: true,
    });
  }

  if (RECORDING && window.AsciinemaPlayer) {
    show(exitAt());
    document.getElementById("zoom").addEventListener("click", (event) => {
      whole = !whole;
      event.target.textContent = whole ? "readable size" : "whole screen";
      show(exitAt());
    });
    setInterval(async () => {
      const now = await player.getCurrentTime();
      clock.textContent = `${now.toFixed(1)} s`;
      for (const item of items) item.classList.toggle("done", Number(item.dataset.at) <= now);
    }, 250);
    for (const item of items) {
      item.addEventListener("click", async () => {
        await player.seek(Number(item.dataset.at) + 0.01);
        place.scrollIntoView({ block: "nearest" });
      });
    }
  }

  document.getElementById("only").addEventListener("click", (event) => {
    const only = document.getElementById("history").classList.toggle("only");
    event.target.textContent = only ? "all lines" : "only unexplained lines";
  });
})();
