// All events of a cluster as a page of small spectrograms, by how certain they are in it.

const membersOnPage = 40;
const membersShown = { rows: [], page: 0 };

function startMembers() {
  const choice = document.getElementById("members-cluster");
  fillMembersChoice();
  bus.addEventListener("clusters", fillMembersChoice);
  choice.addEventListener("change", showMembers);
  document.getElementById("members-order").addEventListener("change", showMembers);
  document.getElementById("members-previous").addEventListener("click", () => turnMembers(-1));
  document.getElementById("members-next").addEventListener("click", () => turnMembers(1));
  whenSeen(document.getElementById("members-list"), showMembers);
}

// Call a function once, as soon as an element is in sight.
function whenSeen(element, act) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    act();
  });
  observer.observe(element);
}

function fillMembersChoice() {
  const choice = document.getElementById("members-cluster");
  const chosen = choice.value;
  choice.replaceChildren(
    ...run.clusters.map((note) => newOption(note.number, titleWithCount(note))),
  );
  if (chosen) choice.value = chosen;
}

function titleWithCount({ number, n_events: nEvents }) {
  return `${clusterTitle(number)} (${formatCount(nEvents)})`;
}

function newOption(value, text) {
  const option = document.createElement("option");
  option.value = value;
  option.textContent = text;
  return option;
}

async function showMembers() {
  const number = Number(document.getElementById("members-cluster").value);
  const isMostFirst = document.getElementById("members-order").value === "most";
  try {
    const columns = await Promise.all(["cluster", "membership", "silhouette"].map(loadColumn));
    membersShown.rows = sortedMembers(number, isMostFirst, ...columns);
    membersShown.page = 0;
    await fillMembersPage();
  } catch (error) {
    document.getElementById("members-said").textContent = error.message;
  }
}

// Rows of a cluster by membership, then silhouette, then place; those in none by place.
function sortedMembers(number, isMostFirst, clusters, memberships, silhouettes) {
  const rows = rowsOfCluster(number, clusters);
  if (!number) return rows;
  const sign = isMostFirst ? -1 : 1;
  return rows.sort(
    (a, b) =>
      sign * (memberships[a] - memberships[b]) || sign * (silhouettes[a] - silhouettes[b]) || a - b,
  );
}

function rowsOfCluster(number, clusters) {
  let count = 0;
  const rows = new Uint32Array(clusters.length);
  for (let row = 0; row < clusters.length; row++) if (clusters[row] === number) rows[count++] = row;
  return rows.slice(0, count);
}

function turnMembers(step) {
  membersShown.page += step;
  return fillMembersPage();
}

async function fillMembersPage() {
  const { rows, page } = membersShown;
  const first = page * membersOnPage;
  const shown = [...rows.subarray(first, first + membersOnPage)];
  const [memberships, clusters, ids] = await Promise.all([
    loadColumn("membership"),
    loadColumn("cluster"),
    Promise.all(shown.map(loadEventId)),
  ]);
  if (rows !== membersShown.rows || page !== membersShown.page) return;
  const textOf = (row) => (clusters[row] ? `membership ${percentText(memberships[row])}` : "");
  const items = shown.map((row, i) => thumbnailItem(row, ids[i], textOf(row)));
  document.getElementById("members-list").replaceChildren(...items);
  const range = shown.length ? `${first + 1} to ${first + shown.length} of ` : "";
  document.getElementById("members-said").textContent =
    `${range}${formatEvents(rows.length)}, whatever the filters`;
  document.getElementById("members-previous").disabled = page === 0;
  document.getElementById("members-next").disabled = first + shown.length >= rows.length;
}
