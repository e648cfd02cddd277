// Which events are drawn: all that are shown, or, of too many, a random sample that stays the same.

let sample = null;
let randomOrder = null;

const isThinned = run.n_events > run.n_drawn;

// What the first picture is drawn from, before any column has been read.
async function loadSample() {
  sample = await loadPart("sample");
}

async function loadOrder() {
  if (isThinned && !randomOrder) randomOrder = (await loadPart("order")).rows.data;
}

// Rows to draw, and those to draw as selected. Of too many events with a selection among them, half
// are the first of all and half the first that are selected, so that a few among many can be seen.
function thin() {
  if (!isThinned || filters.count <= run.n_drawn) {
    return { rows: rowsWhere(filters.shown), selected: rowsWhere(selection.marked) };
  }
  const half = run.n_drawn / 2;
  return {
    rows: firstInOrder(filters.shown, selection.count ? half : run.n_drawn),
    selected: firstInOrder(selection.marked, Math.min(selection.count, half)),
  };
}

function rowsWhere(flags) {
  const rows = [];
  for (let row = 0; row < flags.length; row++) if (flags[row]) rows.push(row);
  return Uint32Array.from(rows);
}

function firstInOrder(flags, count) {
  const rows = new Uint32Array(count);
  let found = 0;
  for (let place = 0; found < count; place++) {
    const row = randomOrder[place];
    if (flags[row]) rows[found++] = row;
  }
  return rows;
}

// Values of a column at rows that are drawn; before it has been read, these are those of the sample.
function valuesAt(key, rows) {
  const values = peekColumn(key);
  if (!values) return sample[columnPlaces.get(key)].data;
  const found = new values.constructor(rows.length);
  for (let place = 0; place < rows.length; place++) found[place] = values[rows[place]];
  return found;
}
