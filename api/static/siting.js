// Where to build: sliders that say their value, points of the curve, the swipe between before and after.
// All of it works without this script: the form has a button, the points are links, the maps stand beside each other.
"use strict";

const form = document.getElementById("siting-form");

// A slider says its value while it is dragged; the answer follows a moment later (hx-trigger).
form.addEventListener("input", (event) => {
  const told = event.target.parentElement.querySelector("output");
  if (told) told.textContent = event.target.value;
});

// Only what is asked stands in the address.
const plain = {model: "cover", weight: "units", candidates: "villages", most_each: ""};
form.addEventListener("htmx:configRequest", (event) => {
  for (const [name, value] of Object.entries(plain)) {
    if (event.detail.parameters[name] === value) delete event.detail.parameters[name];
  }
});

// What is refused is told in place of the answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) { event.detail.shouldSwap = true; event.detail.isError = false; }
});
document.addEventListener("htmx:responseError", (event) => { location.href = event.detail.pathInfo.finalRequestPath; });
document.addEventListener("htmx:sendError", () => { location.reload(); });

// A point of the curve sets the slider.
document.addEventListener("click", (event) => {
  const point = event.target.closest(".curve a");
  const count = document.getElementById("count");
  if (!point || !count || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  count.value = point.dataset.count;
  count.parentElement.querySelector("output").textContent = count.value;
  asked = point.dataset.count;
  count.dispatchEvent(new Event("change", {bubbles: true}));
});
let asked = "";
let at = 50;

function swipes() {
  const swipe = document.querySelector(".swipe:not(.swipes)");
  if (!swipe) return;
  const handle = swipe.querySelector(".handle"), range = handle.querySelector("input"), now = swipe.querySelector(".now");
  const divider = document.createElement("div");
  divider.className = "divider";
  const set = (value) => {
    at = Math.min(100, Math.max(0, value));
    range.value = at;
    swipe.style.setProperty("--at", `${at}%`);
  };
  const drag = (event) => {
    const box = now.getBoundingClientRect();
    set((event.clientX - box.left) / box.width * 100);
  };
  range.addEventListener("input", (event) => { event.stopPropagation(); set(Number(range.value)); });
  for (const figure of swipe.querySelectorAll("figure")) {
    figure.addEventListener("pointerdown", (event) => { figure.setPointerCapture(event.pointerId); drag(event); });
    figure.addEventListener("pointermove", (event) => { if (figure.hasPointerCapture(event.pointerId)) drag(event); });
  }
  swipe.classList.add("swipes");
  handle.hidden = false;
  swipe.append(divider);
  new ResizeObserver(() => { divider.style.height = `${now.offsetHeight}px`; }).observe(now);
  set(at);
}

document.addEventListener("htmx:afterSettle", () => {
  swipes();
  if (asked) document.querySelector(`.curve a[data-count="${asked}"]`)?.focus();
  asked = "";
});
swipes();
