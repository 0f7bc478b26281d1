// Files dropped on the form, how much was chosen, and how a job goes. All of it works without this script too.
"use strict";

const form = document.getElementById("upload");
if (form) {
  const files = document.getElementById("files");
  const folder = document.getElementById("folder");
  const chosen = document.getElementById("chosen");
  const drop = form.querySelector(".drop");
  drop.querySelector(".for-script").hidden = false;
  form.classList.add("with-script");

  const show = () => {
    const all = [...files.files, ...folder.files];
    const bytes = all.reduce((sum, file) => sum + file.size, 0);
    const names = all.slice(0, 5).map((file) => file.name).join(form.dataset.comma) + (all.length > 5 ? "…" : "");
    const told = form.dataset.chosen.replace("{n}", all.length).replace("{mb}", Math.max(0.1, bytes / 1048576).toFixed(1));
    const tooLarge = bytes > Number(form.dataset.limit) * 1048576;
    chosen.hidden = all.length === 0;
    chosen.classList.toggle("gap", tooLarge);
    chosen.textContent = tooLarge ? form.dataset.tooLarge : told.replace("{names}", () => names);
    form.querySelector("button").disabled = tooLarge;
  };
  files.addEventListener("change", show);
  folder.addEventListener("change", show);

  const inside = async (entry) => {
    if (entry.isFile) return [await new Promise((done, fail) => entry.file(done, fail))];
    const reader = entry.createReader();
    const found = [];
    for (;;) { // a reader hands over a hundred at a time
      const some = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (some.length === 0) break;
      for (const one of some) found.push(...(await inside(one)));
    }
    return found;
  };
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const taken = new DataTransfer();
    const dropped = entries.length ? (await Promise.all(entries.map(inside))).flat() : [...event.dataTransfer.files];
    for (const file of dropped) taken.items.add(file);
    files.files = taken.files;
    show();
  });
}

for (const place of document.querySelectorAll("[data-events]")) {
  const source = new EventSource(place.dataset.events);
  const line = place.querySelector("#progress");
  const bar = place.querySelector("progress");
  source.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    const stage = line && JSON.parse(line.dataset.stages)[told.stage];
    if (!stage) return;
    const counted = told.rows > 0 && told.of > 0;
    const words = line.dataset.form.replace("{stage}", stage).replace("{rows}", told.rows).replace("{of}", told.of);
    line.textContent = counted ? words : stage;
    if (counted) { bar.max = told.of; bar.value = Math.min(told.rows, told.of); }
  });
  source.addEventListener("end", () => { source.close(); location.reload(); });
}
