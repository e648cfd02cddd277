// Data, selection and what is shown: all that the views of the page share.

const run = JSON.parse(document.getElementById("run").textContent);
// Tells the views of: selection, filters, current (another event is shown), columns (all have been
// read), theme (light or dark), clusters (names of them have changed).
const bus = new EventTarget();

function announce(name, detail) {
  bus.dispatchEvent(new CustomEvent(name, { detail }));
}

// Part: a mapping of arrays, in the page or in a file beside it.

const loadedParts = new Map();
const awaitedParts = new Map();

window.explorer_received = (key, part) => {
  const awaited = awaitedParts.get(key);
  if (awaited) awaited(part);
};

function loadPart(key) {
  if (!loadedParts.has(key)) {
    const promise = fetchPart(key).then(decodePart);
    loadedParts.set(key, promise);
    promise.catch(() => loadedParts.delete(key));
  }
  return loadedParts.get(key);
}

function fetchPart(key) {
  const element = document.querySelector(`script[data-part="${key}"]`);
  if (element) return Promise.resolve(JSON.parse(element.textContent));
  if (!run.folder) return Promise.reject(new Error(`The page has no ${key}.`));
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const finish = () => {
      awaitedParts.delete(key);
      script.remove();
    };
    awaitedParts.set(key, (part) => {
      finish();
      resolve(part);
    });
    script.onerror = () => {
      finish();
      reject(new Error(`${run.folder}/${key}.js cannot be read: keep explorer_data beside this page.`));
    };
    script.src = `${run.folder}/${key}.js`;
    document.head.append(script);
  });
}

async function decodePart(part) {
  const decoded = {};
  for (const [name, value] of Object.entries(part)) {
    decoded[name] = Array.isArray(value) ? value : await decodeArray(value);
  }
  return decoded;
}

const arrayTypes = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

async function decodeArray({ dtype, shape, data }) {
  const text = atob(data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  return { data: new arrayTypes[dtype](buffer), shape };
}

// Columns: what each event has one of.

const columnPlaces = new Map(run.columns.map((column, place) => [column.key, place]));
const columnValues = new Map();

function hasColumn(key) {
  return columnPlaces.has(key);
}

function columnOf(key) {
  return run.columns[columnPlaces.get(key)];
}

// All values of a column, one for each event.
async function loadColumn(key) {
  if (!columnValues.has(key)) {
    const part = await loadPart(`column/${columnPlaces.get(key)}`);
    columnValues.set(key, part.values.data);
  }
  return columnValues.get(key);
}

// The same if it has been loaded before.
function peekColumn(key) {
  return columnValues.get(key);
}

async function loadEventId(row) {
  const size = run.blocks.ids;
  const part = await loadPart(`ids/${Math.floor(row / size)}`);
  return part.ids[row % size];
}

let eventIds = null;

// Ids of all events.
function loadEventIds() {
  eventIds ??= loadIdBlocks();
  eventIds.catch(() => (eventIds = null));
  return eventIds;
}

async function loadIdBlocks() {
  const blocks = [];
  for (let row = 0; row < run.n_events; row += run.blocks.ids) {
    blocks.push(loadPart(`ids/${row / run.blocks.ids}`));
  }
  return (await Promise.all(blocks)).flatMap(({ ids }) => ids);
}

// Selection: marked[row] is 1 for a selected event; shown[row] is 1 for one that passes the filters.

const selection = { marked: new Uint8Array(run.n_events), count: 0 };
const filters = { shown: new Uint8Array(run.n_events).fill(1), count: run.n_events };
let currentRow = -1;

function selectWhere(isSelected) {
  let count = 0;
  for (let row = 0; row < run.n_events; row++) {
    count += selection.marked[row] = filters.shown[row] && isSelected(row) ? 1 : 0;
  }
  selection.count = count;
  announce("selection");
}

function selectRows(rows) {
  const chosen = new Set(rows);
  selectWhere((row) => chosen.has(row));
}

// Show the events that pass the filters; one that is hidden is not selected any more.
function showWhere(isShown) {
  let count = 0;
  let selected = 0;
  for (let row = 0; row < run.n_events; row++) {
    count += filters.shown[row] = isShown(row) ? 1 : 0;
    selected += selection.marked[row] &= filters.shown[row];
  }
  const isLess = selected < selection.count;
  filters.count = count;
  selection.count = selected;
  announce("filters");
  if (isLess) announce("selection");
}

// Show an event: its waveform, spectrogram, states and fingerprint.
function showEvent(row) {
  currentRow = row;
  announce("current");
}
