// Which events the plots show, and in what colours.

// Rows that are drawn now, by the name of a source.
const drawnRows = new Map();
let latestDrawing = 0;

async function startPlots() {
  await Promise.all([makeFigures(), loadFirst()]);
  drawRows(isThinned ? { rows: sample.rows.data, selected: new Uint32Array(0) } : thin());
  paintFigures();
  startPicking();
  startPlotControls();
  bus.addEventListener("filters", redraw);
  bus.addEventListener("selection", async () => {
    if (await redraw()) performance.mark("selected");
  });
  bus.addEventListener("current", drawCurrent);
  bus.addEventListener("theme", () => {
    paintFigures();
    refill();
  });
  bus.addEventListener("clusters", () => labelTicks("timeline", "y"));
  await showFigures();
  performance.mark("first picture");
}

// What the first picture is drawn from.
async function loadFirst() {
  if (isThinned) await loadSample();
  else await Promise.all(run.columns.map(({ key }) => loadColumn(key)));
}

function startPlotControls() {
  for (const select of document.querySelectorAll("select[data-plot]")) {
    select.addEventListener("change", () => {
      chooseAxes(select.dataset.plot, axesChosen(select.dataset.plot));
      refill();
    });
  }
  for (const radio of document.querySelectorAll('input[name="drag"]')) {
    radio.addEventListener("change", () => chooseTool(radio.value));
  }
  document.getElementById("reset-plots").addEventListener("click", () => {
    for (const name of figures.keys()) resetRanges(name);
  });
  document.getElementById("select-all").addEventListener("click", () => selectWhere(() => true));
  document.getElementById("select-none").addEventListener("click", () => selectWhere(() => false));
  document.getElementById("show-plots").addEventListener("click", ({ currentTarget }) => {
    const isOpen = document.getElementById("plots-body").classList.toggle("open");
    currentTarget.setAttribute("aria-expanded", String(isOpen));
  });
}

function chooseTool(type) {
  for (const figure of figures.values()) {
    for (const tool of figure.toolbar.tools) {
      if (tool.type === type) tool.active = true;
    }
  }
}

// Draw what is shown and selected now; false if something newer has been asked for meanwhile.
async function redraw() {
  const drawing = ++latestDrawing;
  await Promise.all([loadOrder(), ...keysInUse().map(loadColumn)]);
  if (drawing !== latestDrawing) return false;
  if (drawRows(thin())) await untilPainted();
  return drawing === latestDrawing;
}

function keysInUse() {
  const axes = [...plotAxes.values()].flatMap(({ x, y }) => [x.key, y.key]);
  return [...new Set([...axes, "cluster"])];
}

// Return whether the figures have to be painted anew for it.
function drawRows({ rows, selected }) {
  tellCounts(new Set([...rows, ...selected]).size);
  const areNew = [fillAnew("events", rows), fillAnew("selected", selected)];
  for (const name of figures.keys()) {
    bokehDocument.get_model_by_name(`${name}_veil`).visible = selection.count > 0;
  }
  return areNew.includes(true);
}

function fillAnew(name, rows) {
  const before = drawnRows.get(name);
  const isNew = rows.length !== before?.length || rows.some((row, place) => row !== before[place]);
  if (isNew) fillSource(name, rows);
  return isNew;
}

// Exact, whatever is drawn.
function tellCounts(drawn) {
  const text = `${formatCount(selection.count)} of ${formatEvents(run.n_events)} selected`;
  document.getElementById("counts").textContent = `${text}, ${formatCount(drawn)} drawn`;
}

function fillSource(name, rows) {
  drawnRows.set(name, rows);
  const data = { color: name === "current" ? [themeColor("--ink")] : colorsAt(rows) };
  for (const [plot, axes] of plotAxes) {
    for (const side of ["x", "y"]) data[`${plot}_${side}`] = placesAt(axes[side], rows);
  }
  bokehDocument.get_model_by_name(name).data = data;
}

function placesAt({ key, draw }, rows) {
  return Float64Array.from(valuesAt(key, rows), (value, place) => draw(value, rows[place]));
}

function colorsAt(rows) {
  const colors = new Map(run.clusters.map(({ number }) => [number, clusterColor(number)]));
  return Array.from(valuesAt("cluster", rows), (number) => colors.get(number));
}

async function drawCurrent() {
  await Promise.all(keysInUse().map(loadColumn));
  if (currentRow >= 0) fillSource("current", Uint32Array.of(currentRow));
}

// Draw all events anew, in other places or other colours.
function refill() {
  drawnRows.clear();
  redraw();
  drawCurrent();
}
