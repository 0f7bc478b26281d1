// Files dropped on a form of evidence, and which were chosen. All of it works without this script too.
"use strict";

for (const drop of document.querySelectorAll(".drop")) {
  const input = drop.querySelector("input[type=file]");
  const chosen = drop.querySelector(".chosen");
  const limit = Number(drop.dataset.limit) * 1048576;
  drop.querySelector(".for-script").hidden = false;

  const show = () => {
    const files = [...input.files];
    const tooLarge = files.some((file) => file.size > limit);
    chosen.textContent = tooLarge ? drop.dataset.tooLarge : files.map((file) => file.name).join(drop.dataset.comma);
    chosen.classList.toggle("gap", tooLarge);
  };
  // what a file is called or holds is checked with the whole form, once it is saved
  input.addEventListener("input", (event) => event.stopPropagation());
  input.addEventListener("change", show);
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const all = new DataTransfer();
    for (const file of [...input.files, ...event.dataTransfer.files]) all.items.add(file);
    input.files = all.files;
    show();
  });
}

// A check that was due while the effects were asked for would take their place.
for (const form of document.querySelectorAll("form[hx-post]")) {
  let previewed = false;
  form.addEventListener("input", () => { previewed = false; });
  form.querySelector("button[hx-post]").addEventListener("click", () => { previewed = true; });
  form.addEventListener("htmx:beforeRequest", (event) => {
    if (previewed && event.detail.elt === form) event.preventDefault();
  });
}
