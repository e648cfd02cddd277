// Labels and notes of events, and names of clusters: kept in the browser, and undone.

const storagePrefix = "specufex_pipe:";
const labelsKey = storagePrefix + run.digest;
const namesKey = storagePrefix + run.clusters_digest;
const mostUndone = 50;

// By event id; of an event that has neither there is nothing.
const eventLabels = new Map();
// Ids of labelled events by row, as far as they have been found.
const labelledIds = new Map();
const givenNames = new Map();
const undoable = [];
const unkept = new Map();

// The label of an event; empty if it has none.
function labelOf(row) {
  return eventLabels.get(labelledIds.get(row))?.label ?? "";
}

// Label and note of an event, by its id.
function labelsOf(id) {
  return eventLabels.get(id) ?? { label: "", note: "" };
}

// Take what the browser has kept.
async function loadLabels() {
  for (const [id, label, note] of readKept(labelsKey, "labels", isLabel)) {
    eventLabels.set(id, { label, note });
  }
  for (const [number, name] of readKept(namesKey, "names", isName)) givenNames.set(number, name);
  applyNames();
  if (eventLabels.size) await findLabelledRows();
}

async function findLabelledRows() {
  const rows = await rowsOfIds(eventLabels);
  labelledIds.clear();
  for (const [id, row] of rows) labelledIds.set(row, id);
  announce("labels");
}

function isLabel(item) {
  return Array.isArray(item) && item.length === 3 && item.every((part) => typeof part === "string");
}

function isName(item) {
  const [number, name] = Array.isArray(item) && item.length === 2 ? item : [];
  return Number.isInteger(number) && typeof name === "string";
}

// The items that are kept under a key; what is damaged is put aside, so that nothing is lost.
function readKept(key, name, isItem) {
  let text = null;
  try {
    text = localStorage.getItem(key);
    const items = text === null ? [] : JSON.parse(text)[name];
    if (!items?.every(isItem)) throw new Error("it is not as this page writes it");
    return items;
  } catch (error) {
    if (text !== null) putAside(key, text, error);
    else sayUnkept(key, `This browser keeps nothing for this page (${error.message}).`);
    return [];
  }
}

function putAside(key, text, error) {
  const place = `${key}:damaged`;
  const damage = `What this browser had kept is damaged (${error.message})`;
  try {
    localStorage.setItem(place, text);
    sayUnkept(place, `${damage}; it is put aside under ${place}.`);
  } catch (failure) {
    sayUnkept(place, `${damage}, and cannot be put aside (${failure.message}).`);
  }
}

function keepLabels() {
  const items = [...eventLabels].map(([id, { label, note }]) => [id, label, note]);
  keepValue(labelsKey, { unit: run.unit, variant: run.variant, labels: items });
}

function keepNames() {
  keepValue(namesKey, { names: [...givenNames] });
}

function keepValue(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    sayUnkept(key, "");
  } catch (error) {
    const advice = "save it as a file before you close the page";
    sayUnkept(key, `This browser cannot keep the last change (${error.message}): ${advice}.`);
  }
}

// Say what the browser does not keep, until it does.
function sayUnkept(key, text) {
  if (text) unkept.set(key, text);
  else unkept.delete(key);
  const element = document.getElementById("labels-alert");
  element.textContent = [...unkept.values()].join(" ");
  element.hidden = !unkept.size;
}

// Take what another window of the same page has kept, unless there are changes here that are not.
function takeFromOtherWindow({ key, newValue }) {
  if (unkept.size || newValue === null || (key !== labelsKey && key !== namesKey)) return;
  eventLabels.clear();
  givenNames.clear();
  undoable.length = 0;
  loadLabels().then(announceChange);
}

function announceChange() {
  announce("labels");
  announce("clusters");
}

// Change labels, keep them, and remember how to undo it; `changes` has {row, label, note} by id.
function changeLabels(changes, text) {
  const before = new Map();
  for (const [id, { row }] of changes) before.set(id, { row, ...labelsOf(id) });
  rememberChange(text, () => setLabels(before));
  setLabels(changes);
}

function setLabels(changes) {
  for (const [id, { row, label, note }] of changes) {
    if (label || note) eventLabels.set(id, { label, note });
    else eventLabels.delete(id);
    labelledIds.set(row, id);
  }
  keepLabels();
  announce("labels");
}

// Name a cluster, or take its name away with an empty one.
function changeName(number, name) {
  const before = givenNames.get(number);
  rememberChange(`name of cluster ${number}`, () => setName(number, before));
  setName(number, name);
}

function setName(number, name) {
  if (name === undefined) givenNames.delete(number);
  else givenNames.set(number, name);
  keepNames();
  applyNames();
  announce("clusters");
}

const namesOfSettings = new Map(run.clusters.map((note) => [note.number, note.name]));

function applyNames() {
  for (const note of run.clusters) {
    note.name = givenNames.get(note.number) ?? namesOfSettings.get(note.number);
  }
}

function rememberChange(text, undo) {
  undoable.push({ text, undo });
  if (undoable.length > mostUndone) undoable.shift();
}

function undoChange() {
  undoable.pop()?.undo();
}

// Rows of events by their ids, of those of `ids` (a map or set) that this run has.
async function rowsOfIds(ids) {
  const size = run.blocks.ids;
  const keys = Array.from({ length: Math.ceil(run.n_events / size) }, (_, block) => `ids/${block}`);
  const parts = await Promise.all(keys.map(loadPart));
  const rows = new Map();
  parts.forEach((part, block) =>
    part.ids.forEach((id, place) => {
      if (ids.has(id)) rows.set(id, block * size + place);
    }),
  );
  return rows;
}
