// The form for labels and notes, of the current event and of several, and for names of clusters.

// The event that the fields are of, which is not the current one while its id is loaded.
let fieldsOf = null;

async function startLabels() {
  bus.addEventListener("current", showLabelOfCurrent);
  bus.addEventListener("selection", showTargets);
  bus.addEventListener("clusters", showNames);
  bus.addEventListener("labels", showLabels);
  window.addEventListener("storage", takeFromOtherWindow);
  window.addEventListener("pagehide", commitFields);
  for (const name of ["label-text", "label-note"]) {
    document.getElementById(name).addEventListener("change", commitFields);
  }
  document.getElementById("label-text").addEventListener("keydown", leaveOnEnter);
  document.getElementById("label-target").addEventListener("change", showTargets);
  document.getElementById("label-several").addEventListener("submit", labelSeveral);
  whenClicked("label-several-remove", removeLabels);
  whenClicked("labels-undo", undoLast);
  startLabelFiles();
  makeNameFields();
  showTargets();
  const loaded = loadLabels();
  announceChange();
  showLabelOfCurrent();
  try {
    await loaded;
    await offerOtherLabels();
  } catch (error) {
    sayLines([`Labels cannot be matched with events. ${error.message}`]);
  }
}

function whenClicked(name, act) {
  document.getElementById(name).addEventListener("click", act);
}

function sayLines(lines, ...buttons) {
  const paragraphs = lines.map((line) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    return paragraph;
  });
  document.getElementById("labels-said").replaceChildren(...paragraphs, ...buttons);
}

function showLabels() {
  showFields(document.activeElement);
  showCounts();
  showUndo();
}

function showUndo() {
  const button = document.getElementById("labels-undo");
  const last = undoable.at(-1);
  button.disabled = !last;
  button.textContent = last ? `Undo: ${last.text}` : "Undo";
}

function undoLast() {
  undoChange();
  showUndo();
}

// The current event.

async function showLabelOfCurrent() {
  commitFields();
  fieldsOf = null;
  const row = currentRow;
  if (row >= 0) {
    try {
      const id = await loadEventId(row);
      if (row !== currentRow) return;
      fieldsOf = { row, id };
    } catch (error) {
      if (row === currentRow) sayLines([`This event cannot be labelled. ${error.message}`]);
    }
  }
  showFields();
  showCounts();
}

// A field in which someone writes is left as it is.
function showFields(written = null) {
  const { label, note } = labelsOf(fieldsOf?.id);
  document.getElementById("label-current").disabled = !fieldsOf;
  document.getElementById("label-event").textContent = fieldsOf ? `, ${fieldsOf.id}` : "";
  const fields = { "label-text": label, "label-note": note };
  for (const [name, text] of Object.entries(fields)) {
    const field = document.getElementById(name);
    if (field !== written) field.value = text;
  }
}

// Take what was written, whether the field is left or the event.
function commitFields() {
  if (!fieldsOf) return;
  const label = document.getElementById("label-text").value.trim();
  const note = document.getElementById("label-note").value.trim();
  const { row, id } = fieldsOf;
  const old = labelsOf(id);
  if (label === old.label && note === old.note) return;
  const what = label === old.label ? "note" : "label";
  changeLabels(new Map([[id, { row, label, note }]]), `${what} of ${id}`);
}

// So that arrow keys step to the next event again.
function leaveOnEnter(event) {
  if (event.key !== "Enter" && event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key === "Escape") showFields();
  event.target.blur();
}

// Go to the field for the label of the current event.
function focusLabel() {
  const field = document.getElementById("label-text");
  field.scrollIntoView({ block: "nearest" });
  field.focus();
  field.select();
}

function countLabels() {
  const counts = new Map();
  for (const { label } of eventLabels.values()) {
    if (label) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

function showCounts() {
  const counts = countLabels();
  const list = document.getElementById("labels-counts");
  const focused = list.contains(document.activeElement) ? document.activeElement.value : null;
  const items = counts.map(([label, count]) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.value = label;
    button.disabled = !fieldsOf;
    button.textContent = `${label} `;
    const number = document.createElement("span");
    number.className = "count";
    number.textContent = formatCount(count);
    button.append(number);
    button.addEventListener("click", () => putLabel(label));
    item.append(button);
    return item;
  });
  list.replaceChildren(...items);
  // A button that was pressed keeps the focus, in the list that is made anew.
  list.querySelectorAll("button").forEach((button) => button.value === focused && button.focus());
  const options = counts.map(([label]) => newOption(label, ""));
  document.getElementById("labels-used").replaceChildren(...options);
  document.getElementById("labels-save").disabled = !eventLabels.size;
}

function putLabel(label) {
  document.getElementById("label-text").value = label;
  commitFields();
}

// Several events: those selected, or all of a cluster.

function showTargets() {
  const choice = document.getElementById("label-target");
  const chosen = choice.value;
  const clusters = run.clusters.map((note) => newOption(note.number, titleWithCount(note)));
  const selected = newOption("selection", `selected events (${formatCount(selection.count)})`);
  choice.replaceChildren(selected, ...clusters);
  choice.value = chosen || "selection";
  const { text, count } = labelTarget();
  document.getElementById("label-several-set").textContent = `Label ${text}`;
  document.getElementById("label-several-remove").textContent = `Remove labels of ${text}`;
  for (const name of ["label-several-set", "label-several-remove"]) {
    document.getElementById(name).disabled = !count;
  }
}

function labelTarget() {
  const { value } = document.getElementById("label-target");
  if (value === "selection") {
    const { count } = selection;
    return { value, count, text: formatEvents(count).replace(" ", " selected ") };
  }
  const note = clusterOf(Number(value));
  const which = note.number ? `cluster ${note.number}` : "no cluster";
  return { value, count: note.n_events, text: `${formatEvents(note.n_events)} of ${which}` };
}

async function rowsOfTarget({ value }) {
  if (value !== "selection") return rowsOfCluster(Number(value), await loadColumn("cluster"));
  const rows = [];
  selection.marked.forEach((isMarked, row) => isMarked && rows.push(row));
  return rows;
}

function labelSeveral(event) {
  event.preventDefault();
  const label = document.getElementById("label-several-text").value.trim();
  const note = document.getElementById("label-several-note").value.trim();
  if (!label && !note) return sayLines(["Write a label or a note first."]);
  const given = { ...(label && { label }), ...(note && { note }) };
  return changeSeveral(given, label ? "label" : "note");
}

function removeLabels() {
  return changeSeveral({ label: "" }, "no label");
}

// What is not given is left as it is.
async function changeSeveral(given, what) {
  const { text, ...chosen } = labelTarget();
  commitFields();
  try {
    const rows = await rowsOfTarget(chosen);
    const changes = new Map();
    let count = 0;
    for (const row of rows) {
      const id = await loadEventId(row);
      const old = labelsOf(id);
      if (given.label && old.label && old.label !== given.label) count++;
      changes.set(id, { row, ...old, ...given });
    }
    changeLabels(changes, `${what} of ${text}`);
    const replaced = count ? `, ${formatEvents(count)} instead of another label` : "";
    sayLines([`${given.label ? `Labelled ${given.label}` : "Changed"}: ${text}${replaced}.`]);
  } catch (error) {
    sayLines([`Nothing was labelled. ${error.message}`]);
  }
}

// Names of clusters.

function makeNameFields() {
  const notes = run.n_clusters ? run.clusters.filter((note) => note.number) : [];
  document.getElementById("cluster-names").replaceChildren(...notes.map(nameItem));
  document.getElementById("cluster-names-box").hidden = !notes.length;
}

function nameItem({ number }) {
  const item = document.createElement("li");
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.textContent = number;
  badge.setAttribute("aria-hidden", "true");
  colorBadge(badge, number);
  const field = document.createElement("input");
  field.dataset.cluster = number;
  field.maxLength = 100;
  field.setAttribute("aria-label", `Name of cluster ${number}`);
  field.addEventListener("change", () => changeName(number, field.value.trim()));
  item.append(badge, field);
  return item;
}

function showNames() {
  for (const field of document.querySelectorAll("#cluster-names input")) {
    field.value = clusterOf(Number(field.dataset.cluster)).name;
  }
  document.getElementById("names-save").disabled = !run.clusters.some((note) => note.name);
  showTargets();
  showUndo();
}
