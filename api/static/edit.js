// The form of a facility: puts a unit that was found into the list of units, and a point of the small map into its field.
// All else works without a script.
const change = (field) => field.dispatchEvent(new Event("input", { bubbles: true }));

document.addEventListener("click", (event) => {
  const button = event.target.closest(".found [data-name]");
  if (!button) return;
  const found = button.closest(".found");
  const list = document.getElementById(found.dataset.for);
  const names = list.value.split(/[\n、,，;；]+/).map((name) => name.trim()).filter(Boolean);
  if (!names.includes(button.dataset.name)) names.push(button.dataset.name);
  list.value = names.join("\n");
  found.replaceChildren();
  const search = document.querySelector(`input[data-for="${found.dataset.for}"]`);
  search.value = "";
  search.focus();
  change(list);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input[type=search]")) event.preventDefault();
});

const pick = document.querySelector(".pick");
const map = pick?.querySelector("svg[data-corner]");
if (map) {
  pick.hidden = false;
  const [west, north] = map.dataset.corner.split(" ").map(Number);
  const [east, south] = map.dataset.degrees.split(" ").map(Number);
  const mark = document.createElementNS(map.namespaceURI, "circle");
  mark.setAttribute("class", "picked");
  mark.setAttribute("r", "7");
  map.addEventListener("click", (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    mark.setAttribute("cx", at.x);
    mark.setAttribute("cy", at.y);
    map.append(mark);
    const [place, datum] = ["position", "datum"].map((name) =>
      document.querySelector(`[data-column="${name}"] :is(input, select)`));
    place.value = `${(west + at.x * east).toFixed(5)},${(north - at.y * south).toFixed(5)}`;
    datum.value = "CGCS2000";
    change(place);
  });
}
