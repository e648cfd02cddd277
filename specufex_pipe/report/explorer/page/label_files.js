// Labels and names as files, and labels that were made for another run.

const mostNamed = 5;

function startLabelFiles() {
  whenClicked("labels-save", saveLabels);
  whenClicked("names-save", saveNames);
  const field = document.getElementById("labels-open");
  field.addEventListener("change", () => {
    const [file] = field.files;
    if (file) openLabels(file).catch((error) => sayLines([error.message]));
    // So that the same file can be opened again.
    field.value = "";
  });
}

function saveLabels() {
  commitFields();
  const rows = new Map([...labelledIds].map(([row, id]) => [id, row]));
  const items = [...eventLabels].map(([id, { label, note }]) => [id, label, note]);
  items.sort(([a], [b]) => (rows.get(a) ?? Infinity) - (rows.get(b) ?? Infinity));
  downloadText("labels.csv", csvOf([["event_id", "label", "note"], ...items]));
}

function saveNames() {
  const named = run.clusters.filter((note) => note.number && note.name);
  const items = named.map(({ number, name }) => [String(number), name, run.clusters_digest]);
  downloadText("cluster_names.csv", csvOf([["cluster", "name", "clusters_digest"], ...items]));
}

async function openLabels(file) {
  commitFields();
  const { found, damaged, said } = labelsOfTable(parseCsv(await textOfFile(file)), file.name);
  const lines = [`${file.name}: labels or notes of ${formatEvents(found.size)}.`];
  lines.push(...firstLines(said));
  if (damaged.length) lines.push(`Rows left out, since they are damaged: ${firstOf(damaged)}.`);
  await takeLabels(found, file.name, lines);
}

// The labels in the rows of a table, by event id, and what is wrong with it.
function labelsOfTable([head, ...rows], name) {
  const columns = head?.cells?.map((cell) => cell.trim()) ?? [];
  for (const needed of ["event_id", "label"]) {
    if (columns.includes(needed)) continue;
    const first = `its first line is "${columns.join(",").slice(0, 100)}"`;
    throw new Error(`${name} has no column ${needed}, separated by commas; ${first}.`);
  }
  const found = new Map();
  const damaged = [];
  const said = [];
  for (const { number, cells } of rows) {
    const cellOf = (column) => cells[columns.indexOf(column)] ?? "";
    const isWhole = cells?.length === columns.length && cellOf("event_id") !== "";
    if (!isWhole) {
      damaged.push(number);
      continue;
    }
    const given = { label: cellOf("label").trim(), note: cellOf("note").trim() };
    const id = cellOf("event_id");
    const old = found.get(id);
    if (old?.label && given.label && old.label !== given.label) {
      const both = `${old.label} in a row before, and ${given.label} here`;
      said.push(`Row ${number} is left out: event ${id} is ${both}.`);
    } else if (given.label || given.note) {
      found.set(id, joined(given, old));
    }
  }
  return { found, damaged, said };
}

function firstLines(lines) {
  const more = lines.length - mostNamed;
  return [...lines.slice(0, mostNamed), ...(more > 0 ? [`And ${more} more.`] : [])];
}

// What one says and, where it says nothing, the other.
function joined(first, second) {
  return { label: first.label || second?.label || "", note: first.note || second?.note || "" };
}

function firstOf(items) {
  const more = items.length - mostNamed;
  return items.slice(0, mostNamed).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

// Take labels of events by their ids; where others are there already, it is asked which to keep.
async function takeLabels(found, from, lines) {
  const rows = await rowsOfIds(found);
  const unknown = [...found.keys()].filter((id) => !rows.has(id));
  if (unknown.length) {
    const are = unknown.length === 1 ? "is" : "are";
    const which = `${formatEvents(unknown.length)} of these ${are} not in this run`;
    lines.push(`${which}: ${firstOf(unknown)}.`);
  }
  const { added, differing, nSame } = comparedWithOwn(found, rows);
  if (added.size) changeLabels(added, `labels of ${formatEvents(added.size)} from ${from}`);
  lines.push(`New: ${added.size}. There already: ${nSame}. Different: ${differing.size}.`);
  if (!differing.size) return sayLines(lines);
  const differences = [...differing].map(([id, theirs]) => differenceText(id, theirs));
  sayLines(
    [...lines, ...firstLines(differences)],
    answerButton("Keep mine", () => sayLines([...lines, "Yours were kept."])),
    answerButton("Take theirs", () => {
      changeLabels(differing, `labels of ${formatEvents(differing.size)} from ${from}`);
      sayLines([...lines, "Theirs were taken."]);
    }),
  );
}

// Of labels of events that this run has: what adds to those that are there, and what differs.
function comparedWithOwn(found, rows) {
  const added = new Map();
  const differing = new Map();
  let nSame = 0;
  for (const [id, theirs] of found) {
    const row = rows.get(id);
    if (row === undefined) continue;
    const mine = labelsOf(id);
    const [ofMine, ofTheirs] = [joined(mine, theirs), joined(theirs, mine)];
    if (!isSameLabel(ofMine, ofTheirs)) differing.set(id, { row, ...ofTheirs });
    else if (isSameLabel(ofMine, mine)) nSame++;
    else added.set(id, { row, ...ofMine });
  }
  return { added, differing, nSame };
}

function isSameLabel(a, b) {
  return a.label === b.label && a.note === b.note;
}

function differenceText(id, theirs) {
  const mine = eventLabels.get(id);
  const what = mine.label && mine.label !== theirs.label ? "label" : "note";
  return `${id}: your ${what} is ${mine[what]}, theirs is ${theirs[what]}.`;
}

function answerButton(text, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", act);
  return button;
}

// Offer labels that this browser keeps of other runs, by the ids of their events.
async function offerOtherLabels() {
  const offers = [];
  for (const key of otherKeys()) {
    const { unit, variant, labels } = JSON.parse(localStorage.getItem(key));
    const found = new Map(labels.map(([id, label, note]) => [id, { label, note }]));
    const { added } = comparedWithOwn(found, await rowsOfIds(found));
    if (added.size) offers.push(offerOf(found, added.size, `another run (${unit}, ${variant})`));
  }
  document.getElementById("labels-others").replaceChildren(...offers);
}

function otherKeys() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(storagePrefix));
    return keys.filter((key) => key !== labelsKey && areLabels(key));
  } catch {
    return []; // that nothing can be kept was said when the own were looked for
  }
}

function areLabels(key) {
  try {
    return JSON.parse(localStorage.getItem(key)).labels.every(isLabel);
  } catch {
    return false; // names, or damaged, which its own page says
  }
}

function offerOf(found, nAdded, from) {
  const offer = document.createElement("p");
  offer.textContent = `Labels of ${formatEvents(nAdded)} were made for ${from}. `;
  const button = answerButton("Take them over", async () => {
    offer.remove();
    const count = `Labels or notes of ${formatEvents(found.size)}`;
    await takeLabels(found, from, [`${count} were made for ${from}.`]);
  });
  offer.append(button);
  return offer;
}
