// The recording beside its items: a click on an item goes to the moment at which it was complete, a click on a
// difference to the end of its turn. The address keeps the moment (#at=12.3), so that it can be passed on.
"use strict";
(() => {
  const place = document.getElementById("player");
  const clock = document.getElementById("clock");
  const items = [...document.querySelectorAll("#items li")];
  let player = null;
  let whole = false;
  let reached = null;
  let playing = false;

  // Marker -> its moment. What a recording writes after its last marker is the end of Codex, and clears the screen.
  const moments = new Map();
  let last = 0;
  for (const line of RECORDING.trimEnd().split("\n").slice(1)) {
    try {
      const [at, code, data] = JSON.parse(line);
      last = at;
      if (code === "m" && !moments.has(data)) moments.set(data, at);
    } catch { break; }
  }

  function asked() {
    const found = /[#&]at=([\d.]+)/.exec(location.hash);
    return found ? Number(found[1]) : moments.get("exit") ?? last;
  }

  async function go(at) {
    history.replaceState(null, "", `#at=${at}`);
    // The display has its rows a moment after its bytes.
    await player.seek(at + 0.01);
    place.scrollIntoView({ block: "nearest" });
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
    for (const name of ["play", "playing", "pause", "ended"]) {
      player.addEventListener(name, () => {
        playing = name.startsWith("play");
        document.getElementById("play").textContent = playing ? "pause" : "play";
      });
    }
  }

  if (RECORDING && window.AsciinemaPlayer) {
    show(asked());
    document.getElementById("zoom").addEventListener("click", (event) => {
      whole = !whole;
      event.target.textContent = whole ? "readable size" : "whole screen";
      show(asked());
    });
    // The player's own bar lies below the last row, out of sight where a screen is higher than the page.
    document.getElementById("play").addEventListener("click", () => (playing ? player.pause() : player.play()));
    setInterval(async () => {
      const now = await player.getCurrentTime();
      clock.textContent = `${now.toFixed(1)} s`;
      let newest = null;
      for (const item of items) {
        const done = Number(item.dataset.at) <= now + 0.02;
        item.classList.toggle("done", done);
        if (done) newest = item;
      }
      if (newest && newest !== reached) newest.parentElement.scrollTop = newest.offsetTop - newest.parentElement.offsetTop - 80;
      reached = newest;
    }, 250);
    for (const item of items) item.addEventListener("click", () => go(Number(item.dataset.at)));
    for (const row of document.querySelectorAll("[data-turn]")) {
      const at = moments.get(`turn ${row.dataset.turn} done`) ?? moments.get(`turn ${row.dataset.turn}`);
      if (at === undefined) continue;
      row.classList.add("leads");
      row.title = "to the end of this turn in the recording";
      row.addEventListener("click", () => go(at));
    }
  }

  document.getElementById("only").addEventListener("click", (event) => {
    const only = document.getElementById("history").classList.toggle("only");
    event.target.textContent = only ? "all lines" : "only unexplained lines";
  });
})();
