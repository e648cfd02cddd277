// How values are written.

const unknown = "\u2013";
const countFormat = new Intl.NumberFormat("en");

function formatCount(count) {
  return countFormat.format(count);
}

function formatEvents(count) {
  return `${formatCount(count)} ${count === 1 ? "event" : "events"}`;
}

// Five digits are as many as single precision is sure to keep, and a reader can compare.
function formatNumber(value) {
  if (Number.isNaN(value)) return unknown;
  return String(Number(value.toPrecision(5))).replace("-", "\u2212");
}

// UTC, to the hundredth of a second.
function formatTime(milliseconds) {
  if (Number.isNaN(milliseconds)) return unknown;
  return new Date(milliseconds).toISOString().replace("T", " ").slice(0, 22);
}

function formatCluster(number) {
  return number ? String(number) : unknown;
}

function formatValue(column, value) {
  if (column.kind === "time") return formatTime(value);
  if (column.kind === "flag") return value ? "yes" : "no";
  if (column.kind === "cluster") return formatCluster(value);
  return formatNumber(value);
}

function columnTitle(column) {
  return column.unit ? `${column.title} (${column.unit})` : column.title;
}

function clusterOf(number) {
  return run.clusters.find((cluster) => cluster.number === number);
}

function clusterTitle(number) {
  const cluster = clusterOf(number);
  if (number === 0) return cluster?.name || (run.n_clusters ? "No cluster" : "All events");
  return cluster?.name ? `${number} ${cluster.name}` : `Cluster ${number}`;
}
