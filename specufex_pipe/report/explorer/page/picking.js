// Selecting in a plot: a box, a lasso or a tap selects among all events that are shown, drawn or not.

// Pixels from an event that a tap may be off.
const tapReach = 8;
// Bands of a lasso in each of which few of its edges are, so that a million events take no time.
const lassoBands = 512;

let modifiers = { shift: false, ctrl: false };

function startPicking() {
  // The geometry of a selection does not tell which keys were held, and a tap not all of them.
  const remember = ({ shiftKey, ctrlKey, metaKey }) => {
    modifiers = { shift: shiftKey, ctrl: ctrlKey || metaKey };
  };
  document.getElementById("plots").addEventListener("pointerup", remember, { capture: true });
  for (const [name, figure] of figures) {
    figure.on_event("selectiongeometry", ({ geometry }) => pickRegion(name, geometry));
    figure.on_event("tap", (tap) => pickNearest(name, tap));
  }
}

async function pickRegion(name, geometry) {
  const { shift, ctrl } = modifiers;
  const { x, y } = plotAxes.get(name);
  const isInside = geometry.type === "poly" ? insideLasso(geometry) : insideBox(geometry);
  const [xs, ys] = await Promise.all([loadColumn(x.key), loadColumn(y.key)]);
  combine((row) => isInside(x.draw(xs[row], row), y.draw(ys[row], row)), shift, ctrl);
}

// Select events, or with shift add them to the selection, or with ctrl take them away.
function combine(isPicked, shift, ctrl) {
  const { marked } = selection;
  if (ctrl) selectWhere((row) => marked[row] && !isPicked(row));
  else if (shift) selectWhere((row) => marked[row] || isPicked(row));
  else selectWhere(isPicked);
}

function insideBox({ x0, x1, y0, y1 }) {
  const [left, right] = x0 < x1 ? [x0, x1] : [x1, x0];
  const [low, high] = y0 < y1 ? [y0, y1] : [y1, y0];
  return (x, y) => x >= left && x <= right && y >= low && y <= high;
}

// Whether a line from a place to the right crosses an odd number of edges.
function insideLasso({ x: xs, y: ys }) {
  const low = Math.min(...ys);
  const high = Math.max(...ys);
  const scale = lassoBands / (high - low || 1);
  const bandOf = (y) => Math.min(Math.floor((y - low) * scale), lassoBands - 1);
  const bands = Array.from({ length: lassoBands }, () => []);
  xs.forEach((x1, place) => {
    const before = place ? place - 1 : xs.length - 1;
    const edge = { x0: xs[before], y0: ys[before], x1, y1: ys[place] };
    const [first, last] = [Math.min, Math.max].map((end) => bandOf(end(edge.y0, edge.y1)));
    for (let band = first; band <= last; band++) bands[band].push(edge);
  });
  return (x, y) => {
    if (!(y >= low && y <= high)) return false;
    let isInside = false;
    for (const { x0, y0, x1, y1 } of bands[bandOf(y)]) {
      if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) isInside = !isInside;
    }
    return isInside;
  };
}

function pickNearest(name, { x, y }) {
  const { shift, ctrl } = modifiers;
  const figure = figures.get(name);
  const xScale = figure.inner_width / (figure.x_range.end - figure.x_range.start);
  const yScale = figure.inner_height / (figure.y_range.end - figure.y_range.start);
  let nearest = -1;
  let least = tapReach;
  for (const source of ["events", "selected"]) {
    const { data } = bokehDocument.get_model_by_name(source);
    drawnRows.get(source).forEach((row, place) => {
      const across = (data[`${name}_x`][place] - x) * xScale;
      const distance = Math.hypot(across, (data[`${name}_y`][place] - y) * yScale);
      if (distance < least) [nearest, least] = [row, distance];
    });
  }
  if (nearest < 0) return;
  combine((row) => row === nearest, shift, ctrl);
  showEvent(nearest);
}
