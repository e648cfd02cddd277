// What an axis of a plot shows: a column, how its values are drawn, and ticks for them.

const plotted = JSON.parse(document.getElementById("plots-json").textContent);
// Parts of the span, beyond the first and the last value.
const margin = 0.04;
const halfDay = 43_200_000;
// Beyond so many lanes or letters, labels would cover each other or leave no room.
const mostLaneLabels = 16;
const mostLettersOfLane = 14;
const mostLettersOfTitle = 36;

const laneOf = [];
run.clusters.forEach((cluster, place) => {
  laneOf[cluster.number] = run.clusters.length - 1 - place;
});

// An axis of a plot: the key of its column, its title, the ends of what is drawn, and `draw`, which
// returns where an event is from the value and the row that it has.
function axisOf(key, plotName) {
  if (key === "cluster") return lanesAxis();
  const column = columnOf(key);
  const axis = {
    key,
    kind: column.kind,
    title: shortened(columnTitle(column), mostLettersOfTitle),
    ends: widened(plotted.ends[key] ?? [0, 1], column.kind === "time" ? halfDay : 0.5),
    draw: (value) => value,
  };
  if (column.is_logarithmic) {
    axis.kind = "logarithm";
    axis.draw = (value) => (value > 0 ? Math.log10(value) : NaN);
  }
  if (plotName === "map" && key === "longitude") {
    // Turned by whole circles to where the map is, which may go across the date line.
    const first = (plotted.frame.west + plotted.frame.east) / 2 - 180;
    axis.draw = (value) => first + turn(value - first);
    axis.kind = "longitude";
  }
  return axis;
}

// A lane for each cluster; within it events are spread, always in the same way.
function lanesAxis() {
  return {
    key: "cluster",
    kind: "lanes",
    title: "Cluster",
    ends: [-0.5, run.clusters.length - 0.5],
    draw: (number, row) => laneOf[number] + 0.7 * spread(row) - 0.35,
  };
}

// From 0 to 1, evenly whatever the number of rows: multiples of the golden ratio.
function spread(row) {
  return (Math.imul(row + 1, 2654435761) >>> 0) / 2 ** 32;
}

function widened([low, high], least) {
  const room = high > low ? margin * (high - low) : least;
  return [low - room, high + room];
}

// Ticks and what they are called, or null where Bokeh's own do.
function ticksOf(axis, start, end) {
  const [low, high] = start < end ? [start, end] : [end, start];
  if (axis.kind === "lanes") return laneTicks();
  if (axis.kind === "logarithm") return logarithmTicks(low, high);
  if (axis.kind === "longitude" && (low < -180 || high > 180)) return longitudeTicks(low, high);
  return null;
}

function laneTicks() {
  const step = Math.ceil(run.clusters.length / mostLaneLabels);
  const labelled = run.clusters.filter((_, place) => place % step === 0);
  return labelled.map(({ number, name }) => {
    const text = `${formatCluster(number)} ${name}`;
    return [laneOf[number], shortened(text, mostLettersOfLane)];
  });
}

function shortened(text, most) {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}\u2026` : text;
}

function logarithmTicks(low, high) {
  const decades = high - low;
  if (decades < 1) {
    return evenTicks(10 ** low, 10 ** high).map((tick) => [Math.log10(tick), formatNumber(tick)]);
  }
  const ticks = [];
  const factors = decades < 3 ? [1, 2, 5] : [1];
  const step = Math.ceil(decades / 6);
  for (let power = Math.floor(low); power <= high; power++) {
    if (power % step) continue;
    for (const factor of factors) {
      const place = power + Math.log10(factor);
      if (place >= low && place <= high) ticks.push([place, formatNumber(factor * 10 ** power)]);
    }
  }
  return ticks;
}

function longitudeTicks(low, high) {
  return evenTicks(low, high).map((tick) => [tick, formatNumber(180 - turn(180 - tick))]);
}

// From 0 to less than 360 degrees.
function turn(degrees) {
  return ((degrees % 360) + 360) % 360;
}

// Multiples of 1, 2 or 5 times a power of ten, about five of them.
function evenTicks(low, high) {
  const power = 10 ** Math.floor(Math.log10((high - low) / 5));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power * 6 >= high - low);
  const ticks = [];
  for (let count = Math.ceil(low / step); count * step <= high; count++) ticks.push(count * step);
  return ticks;
}
