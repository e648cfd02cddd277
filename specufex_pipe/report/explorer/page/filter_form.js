// The filters: which events are shown at all. All of what is set must hold.

// So long after the last key, ms, filters are applied.
const typingPause = 200;
let latestFilters = 0;
let typingTimer = 0;

function startFilters() {
  const form = document.getElementById("filters");
  listClusters();
  // Where they are above the plots, they leave these the room until they are wanted.
  document.getElementById("fields").open = matchMedia("(min-width: 1151px)").matches;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    clearTimeout(typingTimer);
    typingTimer = setTimeout(applyFilters, typingPause);
  });
  form.addEventListener("reset", () => setTimeout(applyFilters));
  for (const [id, checked] of [["all-clusters", true], ["no-clusters", false]]) {
    document.getElementById(id).addEventListener("click", () => {
      for (const box of clusterBoxes()) box.checked = checked;
      applyFilters();
    });
  }
  bus.addEventListener("filters", tellShown);
  for (const event of ["theme", "clusters"]) bus.addEventListener(event, labelClusters);
  tellShown();
}

function tellShown() {
  const text = `${formatCount(filters.count)} of ${formatEvents(run.n_events)} shown`;
  document.getElementById("shown").textContent = text;
}

// The legend of the plots, which is the filter by cluster.
function listClusters() {
  const items = run.clusters.map(({ number, n_events }) => {
    const item = document.createElement("li");
    const label = document.createElement("label");
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", value: number, checked: true, defaultChecked: true });
    const [swatch, name, count] = ["swatch", "name", "count"].map((kind) => {
      const span = document.createElement("span");
      span.className = kind;
      return span;
    });
    name.dir = "auto";
    count.textContent = formatCount(n_events);
    label.append(box, swatch, name, count);
    item.append(label);
    return item;
  });
  document.getElementById("clusters").append(...items);
  labelClusters();
}

function labelClusters() {
  for (const box of clusterBoxes()) {
    const [swatch, name] = box.parentElement.querySelectorAll(".swatch, .name");
    swatch.style.background = clusterColor(Number(box.value));
    name.textContent = clusterTitle(Number(box.value));
  }
}

function clusterBoxes() {
  return document.querySelectorAll("#clusters input");
}

async function applyFilters() {
  clearTimeout(typingTimer);
  const asked = ++latestFilters;
  const filtersSet = [...rangeFilters(), ...flagFilters(), clusterFilter(), textFilter()];
  const tests = await Promise.all(filtersSet);
  if (asked !== latestFilters) return;
  const needed = tests.filter(Boolean);
  showWhere((row) => {
    for (const isShown of needed) if (!isShown(row)) return false;
    return true;
  });
}

// Each filter that is set, as a promise of a function of the row.

function rangeFilters() {
  const fields = [...document.querySelectorAll("#filters [data-range]")];
  return fields.map(async (field) => {
    const column = columnOf(field.dataset.range);
    const [from, to] = [...field.querySelectorAll("input")].map((input) => readEnd(input, column));
    if (from === null && to === null) return null;
    const values = await loadColumn(column.key);
    const [low, high] = [from ?? -Infinity, to ?? Infinity];
    return (row) => values[row] >= low && values[row] <= high;
  });
}

// What was typed, in the precision that values have, so that an end itself is within.
function readEnd(input, { kind }) {
  if (input.value === "") return null;
  if (kind === "time") return Date.parse(`${input.value}Z`);
  return Math.fround(Number(input.value));
}

function flagFilters() {
  const selects = [...document.querySelectorAll("#filters [data-flag]")];
  return selects.map(async (select) => {
    if (select.value === "") return null;
    const values = await loadColumn(select.dataset.flag);
    const wanted = Number(select.value);
    return (row) => values[row] === wanted;
  });
}

async function clusterFilter() {
  const boxes = [...clusterBoxes()];
  if (boxes.every((box) => box.checked)) return null;
  const values = await loadColumn("cluster");
  const isChecked = [];
  for (const box of boxes) isChecked[Number(box.value)] = box.checked;
  return (row) => isChecked[values[row]];
}

async function textFilter() {
  const text = document.getElementById("search").value.trim().toLowerCase();
  if (text === "") return null;
  const ids = await loadEventIds();
  return (row) => ids[row].toLowerCase().includes(text);
}
