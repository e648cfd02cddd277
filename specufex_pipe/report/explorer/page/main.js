// Start of the page: first what a reader sees, then what takes time.

async function start() {
  addEventListener("unhandledrejection", ({ reason }) => tellProblem(reason.message));
  startTheme();
  startFilters();
  startKeyboard();
  startEvent();
  startNeighbours();
  startMembers();
  startLabels();
  await startPlots();
  await loadOrder();
  const table = startTable();
  for (const { key } of run.columns) await loadColumn(key);
  await table;
  announce("columns");
  if (currentRow < 0) stepEvent(0);
}

function tellProblem(message) {
  const problem = document.getElementById("problem");
  problem.textContent = message;
  problem.hidden = false;
}

start();
