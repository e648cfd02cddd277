// The events that are most like the current one, by distance among all events.

const nNeighbours = 10;
// With more events the points are large: they are loaded when they are asked for.
const mostWithNeighbours = 100_000;
// Stepping from event to event is not held up: what is skipped has no neighbours found.
const restBeforeNeighbours = 150;
let shownNeighbours = [];
let neighboursTimer = 0;

function startNeighbours() {
  const box = document.getElementById("neighbours");
  box.open = run.n_events <= mostWithNeighbours;
  box.addEventListener("toggle", showNeighbours);
  bus.addEventListener("current", askForNeighbours);
  document.getElementById("neighbours-select").addEventListener("click", selectNeighbours);
}

function askForNeighbours() {
  clearTimeout(neighboursTimer);
  setNeighbours([]);
  neighboursTimer = setTimeout(showNeighbours, restBeforeNeighbours);
}

async function showNeighbours() {
  const row = currentRow;
  if (row < 0 || !document.getElementById("neighbours").open) return;
  try {
    const { values } = await loadPart("points");
    if (row !== currentRow) return;
    const found = nearestRows(values.data, values.shape[1], row, nNeighbours);
    const clusters = await loadColumn("cluster");
    const ids = await Promise.all(found.rows.map(loadEventId));
    if (row !== currentRow) return;
    const items = found.rows.map((each, i) =>
      neighbourItem(each, ids[i], found.distances[i], clusters[each]),
    );
    setNeighbours(found.rows, items);
  } catch (error) {
    if (row === currentRow) sayOfNeighbours(error.message);
  }
}

function setNeighbours(rows, items = []) {
  shownNeighbours = rows;
  document.getElementById("neighbours-list").replaceChildren(...items);
  document.getElementById("neighbours-select").disabled = !rows.length;
  sayOfNeighbours("");
}

function sayOfNeighbours(text) {
  document.getElementById("neighbours-said").textContent = text;
}

function selectNeighbours() {
  selectRows(shownNeighbours);
  const left = shownNeighbours.length - selection.count;
  if (left) sayOfNeighbours(`${left} of them ${left > 1 ? "do" : "does"} not pass the filters.`);
}

function neighbourItem(row, id, distance, cluster) {
  const text = `distance ${Number(distance.toPrecision(3))} `;
  return thumbnailItem(row, id, text, ...(run.n_clusters ? [badgeOf(cluster)] : []));
}

function badgeOf(cluster) {
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.textContent = cluster || "\u2013";
  badge.setAttribute("aria-label", clusterTitle(cluster));
  badge.setAttribute("role", "img");
  colorBadge(badge, cluster);
  return badge;
}

// The events nearest to one, itself excepted, the nearest first; of equal ones, the first.
function nearestRows(points, nDimensions, row, count) {
  const rows = [];
  const squares = [];
  const own = points.subarray(row * nDimensions, (row + 1) * nDimensions);
  let worst = Infinity;
  for (let other = 0, start = 0; start < points.length; other++, start += nDimensions) {
    let square = 0;
    // Most events are too far away along the first few principal components.
    for (let i = 0; i < nDimensions && square < worst; i++) {
      const difference = points[start + i] - own[i];
      square += difference * difference;
    }
    if (square >= worst || other === row) continue;
    let place = squares.length;
    while (place > 0 && squares[place - 1] > square) place--;
    squares.splice(place, 0, square);
    rows.splice(place, 0, other);
    if (rows.length > count) {
      rows.pop();
      squares.pop();
    }
    if (rows.length === count) worst = squares[count - 1];
  }
  return { rows, distances: squares.map(Math.sqrt) };
}
