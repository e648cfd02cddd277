// The table of events: all that the plots show, as text, for every reader.

const rowsPerPage = 50;
// Column by which it is sorted, "id" for the ids; and the rows in that order, all and those listed.
const order = { key: "time", isDescending: false, rows: null };
let listed = new Uint32Array(0);
let tablePage = 0;
let latestTable = 0;

async function startTable() {
  for (const button of document.querySelectorAll("#table thead button")) {
    button.addEventListener("click", () => sortTable(button.dataset.key));
  }
  const body = document.querySelector("#table tbody");
  body.addEventListener("click", ({ target }) => {
    const row = target.closest("tr");
    if (row && !target.closest(".choice")) showEvent(Number(row.dataset.row));
  });
  body.addEventListener("change", ({ target }) => chooseRow(target));
  startPager();
  document.getElementById("only-selected").addEventListener("change", listRows);
  bus.addEventListener("filters", listRows);
  bus.addEventListener("selection", () => {
    if (isOnlySelected()) listRows();
    else markRows();
  });
  bus.addEventListener("current", turnToCurrent);
  bus.addEventListener("columns", fillTable);
  await sortTable("time");
}

function isOnlySelected() {
  return document.getElementById("only-selected").checked;
}

function chooseRow(box) {
  const chosen = Number(box.closest("tr").dataset.row);
  const { marked } = selection;
  selectWhere((row) => (row === chosen ? box.checked : marked[row]));
}

// Sort by a column, or, if it is sorted by it already, the other way around.
async function sortTable(key) {
  const isDescending = order.rows !== null && key === order.key && !order.isDescending;
  const asked = ++latestTable;
  const values = key === "id" ? await loadEventIds() : await loadColumn(key);
  if (asked !== latestTable) return;
  const sort = key === "id" ? sortTexts : sortRows;
  Object.assign(order, { key, isDescending, rows: sort(values, isDescending) });
  for (const button of document.querySelectorAll("#table thead button")) {
    const direction = isDescending ? "descending" : "ascending";
    const heading = button.parentElement;
    heading.setAttribute("aria-sort", button.dataset.key === key ? direction : "none");
  }
  listRows();
}

// List the rows that are shown, or selected, from the first page on.
function listRows() {
  if (order.rows === null) return;
  const flags = isOnlySelected() ? selection.marked : filters.shown;
  listed = order.rows.filter((row) => flags[row]);
  tablePage = 0;
  fillTable();
}

// The next or previous of the events that are listed, or the first.
function stepEvent(step) {
  const place = listed.indexOf(currentRow);
  const next = place < 0 ? 0 : place + step;
  if (next >= 0 && next < listed.length) showEvent(listed[next]);
}

function turnToCurrent() {
  const place = listed.indexOf(currentRow);
  const page = place < 0 ? tablePage : Math.floor(place / rowsPerPage);
  if (page === tablePage) markRows();
  else turnTo(page);
}

// Pages.

function countPages() {
  return Math.max(Math.ceil(listed.length / rowsPerPage), 1);
}

function startPager() {
  const turns = {
    "first-page": () => 0,
    "previous-page": () => tablePage - 1,
    "next-page": () => tablePage + 1,
    "last-page": () => countPages() - 1,
  };
  for (const [id, page] of Object.entries(turns)) {
    document.getElementById(id).addEventListener("click", () => turnTo(page()));
  }
  const field = document.getElementById("page");
  field.addEventListener("change", () => turnTo(Math.round(Number(field.value)) - 1));
}

function turnTo(page) {
  tablePage = Math.min(Math.max(page, 0), countPages() - 1);
  fillTable();
}

function tellPage() {
  const last = countPages();
  const field = document.getElementById("page");
  Object.assign(field, { value: tablePage + 1, max: last });
  document.getElementById("pages").textContent = `of ${formatCount(last)}`;
  const kind = isOnlySelected() ? "selected" : "shown";
  document.getElementById("listed").textContent = `${formatEvents(listed.length)} ${kind}`;
  for (const id of ["first-page", "previous-page"]) {
    document.getElementById(id).disabled = tablePage === 0;
  }
  for (const id of ["next-page", "last-page"]) {
    document.getElementById(id).disabled = tablePage === last - 1;
  }
}

// Rows of a page.

function fillTable() {
  const body = document.querySelector("#table tbody");
  const hadFocus = body.contains(document.activeElement);
  const rows = [...listed.subarray(tablePage * rowsPerPage, (tablePage + 1) * rowsPerPage)];
  body.replaceChildren(...rows.map(tableRow));
  tellPage();
  markRows();
  if (hadFocus) focusCurrent();
}

function tableRow(row) {
  const line = document.createElement("tr");
  line.dataset.row = row;
  const choice = document.createElement("td");
  choice.className = "choice";
  const box = document.createElement("input");
  box.type = "checkbox";
  choice.append(box);
  const heading = document.createElement("th");
  heading.scope = "row";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "event-id";
  button.dir = "auto";
  button.textContent = "\u2026";
  heading.append(button);
  loadEventId(row).then((id) => {
    button.textContent = id;
    box.setAttribute("aria-label", `Select ${id}`);
  });
  line.append(choice, heading, ...run.columns.map((column) => valueCell(column, row)));
  return line;
}

// A column that has not been read yet is filled in later.
function valueCell(column, row) {
  const cell = document.createElement("td");
  const values = peekColumn(column.key);
  cell.className = column.kind;
  if (!values) cell.textContent = "\u2026";
  else if (column.kind === "cluster" && values[row]) cell.append(clusterBadge(values[row]));
  else cell.textContent = formatValue(column, values[row]);
  return cell;
}

function clusterBadge(number) {
  const badge = document.createElement("span");
  const { color, ink } = clusterOf(number);
  badge.className = "badge";
  badge.textContent = number;
  Object.assign(badge.style, { background: color, color: ink });
  return badge;
}

// Tell which of the rows of the page are selected, and which event is shown.
function markRows() {
  for (const line of document.querySelectorAll("#table tbody tr")) {
    const row = Number(line.dataset.row);
    line.querySelector("input").checked = Boolean(selection.marked[row]);
    if (row === currentRow) {
      line.setAttribute("aria-current", "true");
      scrollTo(line);
    } else line.removeAttribute("aria-current");
  }
}

// Within the table alone: a reader of the plots keeps them in sight.
function scrollTo(line) {
  const frame = line.closest(".scroll");
  const top = line.offsetTop - line.closest("table").tHead.offsetHeight;
  const bottom = line.offsetTop + line.offsetHeight - frame.clientHeight;
  frame.scrollTop = Math.max(Math.min(frame.scrollTop, top), bottom);
}

function focusCurrent() {
  const button = document.querySelector('#table tbody [aria-current="true"] button');
  (button ?? document.querySelector("#table").parentElement).focus();
}
