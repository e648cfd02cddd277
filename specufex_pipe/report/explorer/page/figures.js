// The figures of the plots: their axes, ticks, ranges and colours, and when they have been painted.

let bokehDocument = null;
// By the name of a plot: its figure, its view, and the axes that it shows now.
const figures = new Map();
const plotAxes = new Map();
const usualTickers = new Map();

const usualAxes = {
  features: ["first_component", "second_component"],
  timeline: ["time", "cluster"],
  map: ["longitude", "latitude"],
  section: ["along_section", "depth"],
};

// Make the figures without views, so that the first picture has events and colours already.
async function makeFigures() {
  await Bokeh.embed.embed_items({ plots: plotted.document }, []);
  bokehDocument = Bokeh.documents.at(-1);
  for (const figure of bokehDocument.roots()) {
    const { name } = figure;
    figures.set(name, figure);
    for (const side of ["x", "y"]) {
      usualTickers.set(axisModel(name, side), axisModel(name, side).ticker);
      figure[`${side}_range`].properties.end.change.connect(() => labelTicks(name, side));
    }
    chooseAxes(name, axesChosen(name));
  }
}

// Until all of them have been painted for the first time.
async function showFigures() {
  const idle = new Promise((resolve) => bokehDocument.idle.connect(resolve));
  const elements = bokehDocument.roots().map(({ name }) => document.getElementById(`plot-${name}`));
  const views = await Bokeh.embed.add_document_standalone(bokehDocument, document.body, elements);
  for (const [name, figure] of figures) {
    const view = views.get(figure);
    // Keys do nothing in a figure: the table is for them.
    view.canvas_view.events_el.tabIndex = -1;
    view.repainted.connect(() => {
      if (name === "map") keepAspect();
      tellPainted(name);
    });
  }
  await idle;
  await nextFrame();
}

function nextFrame() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

// Axes and ranges.

function axisModel(name, side) {
  const figure = figures.get(name);
  return side === "x" ? figure.below[0] : figure.left[0];
}

// Keys of the columns that a plot is to show: the usual ones, or what the reader has chosen.
function axesChosen(name) {
  const keys = [...(usualAxes[name] ?? ["", ""])];
  for (const select of document.querySelectorAll(`select[data-plot="${name}"]`)) {
    if (select.dataset.side === "x") keys[0] = select.value;
    else if (select.dataset.side === "y") keys[1] = select.value;
    else if (select.value === "umap") return ["first_umap", "second_umap"];
  }
  return keys;
}

function chooseAxes(name, [x, y]) {
  const axes = { x: axisOf(x, name), y: axisOf(y, name) };
  plotAxes.set(name, axes);
  for (const side of ["x", "y"]) {
    axisModel(name, side).axis_label = new Bokeh.Models.PlainText({ text: axes[side].title });
  }
  resetRanges(name);
}

// Show all events of a plot.
function resetRanges(name) {
  const { x_range, y_range } = figures.get(name);
  let { x: { ends: [left, right] }, y: { ends: [low, high] } } = plotAxes.get(name);
  if (name === "map") {
    const { west, east, south, north } = plotted.frame;
    [left, right, low, high] = [west, east, south, north];
  }
  if (name === "section") [low, high] = [high, low];
  x_range.setv({ start: left, end: right });
  y_range.setv({ start: low, end: high });
  for (const side of ["x", "y"]) labelTicks(name, side);
  if (name === "map") mapSize = null;
}

function labelTicks(name, side) {
  const model = axisModel(name, side);
  const { start, end } = figures.get(name)[`${side}_range`];
  const ticks = ticksOf(plotAxes.get(name)[side], start, end);
  if (!ticks) {
    model.ticker = usualTickers.get(model);
    return;
  }
  const texts = ticks.map(([place, text]) => [place, new Bokeh.Models.PlainText({ text })]);
  model.major_label_overrides = new Map(texts);
  model.ticker = new Bokeh.Models.FixedTicker({ ticks: ticks.map(([place]) => place) });
}

// Pixels for which the ranges of the map were made; null to show all of it.
let mapSize = null;

// A kilometre is as long from west to east as it is from south to north.
function keepAspect() {
  const { x_range, y_range, inner_width, inner_height } = figures.get("map");
  if (!inner_height || mapSize === `${inner_width} ${inner_height}`) return;
  const { west, east, south, north, degree_of_longitude } = plotted.frame;
  const shape = inner_width / inner_height / degree_of_longitude;
  let height = y_range.end - y_range.start;
  if (mapSize === null) height = Math.max(north - south, (east - west) / shape);
  for (const [range, span] of [[x_range, height * shape], [y_range, height]]) {
    const middle = (range.start + range.end) / 2;
    range.setv({ start: middle - span / 2, end: middle + span / 2 });
  }
  mapSize = `${inner_width} ${inner_height}`;
}

// Colours.

function paintFigures() {
  const [ground, ink, muted, line] = ["--plot", "--ink", "--muted", "--line"].map(themeColor);
  for (const [name, figure] of figures) {
    figure.setv({
      background_fill_color: ground,
      border_fill_color: themeColor("--ground"),
      outline_line_color: line,
    });
    for (const axis of [...figure.below, ...figure.left]) {
      axis.setv({
        axis_line_color: muted,
        major_tick_line_color: muted,
        minor_tick_line_color: null,
        major_label_text_color: ink,
        axis_label_text_color: ink,
        axis_label_text_font_style: "normal",
      });
    }
    for (const grid of figure.center) grid.grid_line_color = themeColor("--grid");
    const veil = bokehDocument.get_model_by_name(`${name}_veil`);
    veil.setv({ fill_color: ground, fill_alpha: 0.8, line_color: null });
  }
  if (figures.has("map")) paintSurroundings(ink, muted, ground);
}

function paintSurroundings(ink, muted, ground) {
  const glyphOf = (name) => bokehDocument.get_model_by_name(name).glyph;
  glyphOf("lines").line_color = { value: muted };
  glyphOf("stations").setv({ fill_color: { value: ink }, line_color: { value: ground } });
  glyphOf("codes").setv({ text_color: { value: ink } });
}

// Painting.

const unpainted = new Set();
let resolvePainted = null;

// Until all figures that can be seen have been painted anew.
function untilPainted() {
  for (const name of figures.keys()) {
    if (document.getElementById(`plot-${name}`).offsetParent) unpainted.add(name);
  }
  return unpainted.size ? new Promise((resolve) => (resolvePainted = resolve)) : nextFrame();
}

async function tellPainted(name) {
  if (!unpainted.delete(name) || unpainted.size) return;
  await nextFrame();
  resolvePainted();
}
