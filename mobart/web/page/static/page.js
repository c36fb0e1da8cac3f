"use strict";
// The page works without this; with it the first page follows what happens, and pictures can be compared.

const byId = (id) => document.getElementById(id);

function followLive() {
  const live = byId("live"), hold = byId("hold");
  if (!live || !window.EventSource) return;
  let held = false;
  hold.hidden = false;
  hold.addEventListener("click", () => {
    held = !held;
    hold.setAttribute("aria-pressed", String(held));
    hold.textContent = held ? "Go on updating" : "Hold updates";
  });
  const source = new EventSource(live.dataset.stream);
  source.addEventListener("live", (event) => {
    // whoever reads or tabs through the list must not lose their place
    if (!held && !live.contains(document.activeElement)) live.innerHTML = event.data;
  });
  window.addEventListener("pagehide", () => source.close());
}

function askFirst() {
  for (const button of document.querySelectorAll("[data-sure]")) {
    button.addEventListener("click", (event) => {
      if (!window.confirm(button.dataset.sure)) event.preventDefault();
    });
  }
}

function comparePictures() {
  const ground = byId("ground"), after = byId("after");
  if (!ground || !after) return;
  const slider = byId("slider"), before = byId("before"), zoom = byId("zoom"), lines = byId("lines");
  document.querySelector(".tools").hidden = false;
  ground.classList.add("joined");

  const slide = () => {
    if (!slider) return;
    before.style.clipPath = `inset(0 ${100 - slider.value}% 0 0)`;
    after.style.clipPath = `inset(0 0 0 ${slider.value}%)`;
  };
  const resize = () => {
    const fit = zoom.value === "fit";
    ground.classList.toggle("fit", fit);
    ground.style.width = fit ? "" : `${after.naturalWidth * zoom.value}px`;
    ground.style.aspectRatio = `${after.naturalWidth} / ${after.naturalHeight}`;
    rule();
  };
  const rule = () => {
    lines.hidden = !byId("grid").checked;
    const cell = Math.max(1, Number(document.querySelector(".viewer").dataset.scale));
    const step = (cell * ground.clientWidth) / (after.naturalWidth || 1);
    const line = (angle) => `repeating-linear-gradient(${angle}, #f0f 0 1px, transparent 1px ${step}px)`;
    lines.style.backgroundImage = `${line("90deg")}, ${line("180deg")}`;
  };
  const colour = () => {
    const chosen = document.querySelector("input[name=ground]:checked").value;
    for (const name of ["checker", "black", "white"]) ground.classList.toggle(name, name === chosen);
    ground.style.background = chosen === "colour" ? byId("ground-colour").value : "";
  };
  const ready = () => { resize(); showPalette(after); };

  slider?.addEventListener("input", slide);
  zoom.addEventListener("change", resize);
  byId("grid").addEventListener("change", rule);
  byId("ground-colour").addEventListener("input", () => {
    document.querySelector("input[name=ground][value=colour]").checked = true;
    colour();
  });
  for (const one of document.querySelectorAll("input[name=ground]")) one.addEventListener("change", colour);
  window.addEventListener("resize", rule);
  slide();
  if (after.complete && after.naturalWidth) ready(); else after.addEventListener("load", ready);
}

function showPalette(picture) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  const counts = new Map();
  let clear = 0;
  for (const pixel of pixels) {
    if (pixel >>> 24 === 0) clear += 1; else counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  }
  const cell = Math.max(1, Number(document.querySelector(".viewer").dataset.scale)) ** 2;
  const strip = byId("palette");
  const told = document.createElement("strong");
  told.textContent = `${counts.size} colour${counts.size === 1 ? "" : "s"}` + (cell > 1 ? ", counted in cells" : ", counted in pixels");
  strip.replaceChildren(told);
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 64);
  for (const [pixel, count] of most) {
    const hex = "#" + [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255].map((part) => part.toString(16).padStart(2, "0")).join("");
    const alpha = pixel >>> 24;
    const swatch = document.createElement("i");
    swatch.style.background = hex;
    const entry = document.createElement("span");
    entry.append(swatch, `${hex}${alpha < 255 ? ` at ${Math.round(alpha / 2.55)} %` : ""} × ${Math.round(count / cell)}`);
    strip.append(entry);
  }
  if (clear) {
    const entry = document.createElement("span");
    entry.textContent = `transparent × ${Math.round(clear / cell)}`;
    strip.append(entry);
  }
}

followLive();
askFirst();
comparePictures();
