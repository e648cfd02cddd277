// The event that is shown: what is said of it, and its plots over one time axis.

const eventPlots = JSON.parse(document.getElementById("event-plots-json").textContent);
const plotNames = ["waveform", "spectrogram", "states", "fingerprint"];
let embeddedPlots = null;

function startEvent() {
  document.getElementById("event-values").replaceChildren(...run.columns.map(lineOfColumn));
  bus.addEventListener("current", showCurrent);
  bus.addEventListener("clusters", showCurrent);
  bus.addEventListener("theme", colorEventPlots);
  startSound();
}

// The plots are made when an event is shown for the first time, so that the page is there before.
function embedPlots() {
  const { roots } = eventPlots.document;
  const elements = Object.fromEntries(roots.map((root) => [root.id, root.attributes.name]));
  const item = { docid: "event", roots: elements, root_ids: Object.keys(elements) };
  embeddedPlots ??= Bokeh.embed
    .embed_items({ event: eventPlots.document }, [item])
    .then(colorEventPlots);
  return embeddedPlots;
}

// A model of the plots, by its name.
function plotModel(name) {
  for (const plots of Bokeh.documents) {
    const model = plots.get_model_by_name(name);
    if (model) return model;
  }
  return null;
}

// What takes time is dropped as soon as another event is shown.
async function showCurrent() {
  const row = currentRow;
  document.getElementById("event-none").hidden = row >= 0;
  document.getElementById("event-shown").hidden = row < 0;
  if (row < 0) return;
  const panels = document.querySelector(".event-panels");
  panels.setAttribute("aria-busy", "true");
  sayMissing("");
  await Promise.all([showFacts(row), showValues(row), showPlots(row)].map(sayErrorsOf(row)));
  if (row === currentRow) panels.removeAttribute("aria-busy");
}

function sayErrorsOf(row) {
  return (shown) => shown.catch((error) => row === currentRow && sayMissing(error.message));
}

function sayMissing(text) {
  const element = document.getElementById("event-missing");
  element.textContent = text;
  element.hidden = !text;
}

// What is said of it.

async function showFacts(row) {
  const [id, ...columns] = await Promise.all([
    loadEventId(row),
    ...["time", "cluster", "membership", "second_cluster", "second_membership"].map(loadColumn),
  ]);
  if (row !== currentRow) return;
  const [time, cluster, membership, second, secondMembership] = columns.map(
    (values) => values[row],
  );
  const found = run.n_clusters > 0;
  const texts = {
    "event-title": id,
    "event-time-text": `${formatTime(time)} UTC`,
    "event-badge": clusterTitle(cluster),
    "event-membership": found
      ? `${cluster ? "in its cluster" : "in none"} in ${percentText(membership)} of the resamples`
      : "",
    "event-second": second
      ? `else most often in cluster ${second}, in ${percentText(secondMembership)}`
      : "",
  };
  for (const [name, text] of Object.entries(texts)) {
    document.getElementById(name).textContent = text;
  }
  const badge = document.getElementById("event-badge");
  badge.hidden = !found;
  colorBadge(badge, cluster);
}

function colorBadge(badge, number) {
  const note = clusterOf(number);
  badge.style.background = note?.color ?? "";
  badge.style.color = note?.ink ?? "";
}

function percentText(share) {
  return share > 0 && share < 0.01 ? "< 1 %" : `${Math.round(100 * share)} %`;
}

function lineOfColumn({ title }) {
  const line = document.createElement("div");
  const term = document.createElement("dt");
  term.textContent = title;
  line.append(term, document.createElement("dd"));
  return line;
}

function textWithUnit(column, value) {
  const text = formatValue(column, value);
  return column.unit && text !== unknown ? `${text} ${column.unit}` : text;
}

// Those that are there at once; the others as they come.
async function showValues(row) {
  const cells = document.querySelectorAll("#event-values dd");
  await Promise.all(
    run.columns.map(async (column, place) => {
      if (!peekColumn(column.key)) cells[place].textContent = "\u2026";
      const values = await loadColumn(column.key);
      if (row === currentRow) cells[place].textContent = textWithUnit(column, values[row]);
    }),
  );
}

// Its plots: of the picture at once, and of the record as soon as it has come.

async function showPlots(row) {
  let picture = null;
  try {
    await embedPlots();
    picture = await loadPicture(row);
    if (row !== currentRow) return;
    drawPicture(picture);
    const record = await loadRecord(row);
    if (row === currentRow) drawRecord(record);
  } catch (error) {
    if (row !== currentRow) return;
    if (!picture) clearPlots();
    const what = picture
      ? "Waveform and spectrogram are drawn roughly"
      : "There is nothing to draw";
    throw new Error(`${what}, since its data are missing. ${error.message}`);
  }
}

function drawPicture(picture) {
  const { start, duration, envelope, states } = picture;
  const times = plotModel("event-time");
  times.setv({ start, end: start + duration, reset_start: start, reset_end: start + duration });
  const nParts = envelope.length / 2;
  const parts = Array.from({ length: nParts }, (_, i) => i);
  fillEventSource("envelope", {
    time: parts.map((i) => start + ((i + 0.5) * duration) / nParts),
    lowest: parts.map((i) => envelope[2 * i] / 127),
    highest: parts.map((i) => envelope[2 * i + 1] / 127),
  });
  fillEventSource("samples", { time: [], sample: [] });
  const { waveform_unit: unit, n_states: nStates } = run.event;
  const peak = `${Number(picture.peak.toPrecision(3))} ${unit}`.trim();
  document.getElementById("event-peak").textContent = `peak ${peak}`;
  describePlot("waveform", `Waveform of ${secondsText(duration)}, peak ${peak}.`);
  drawSpectrogram(picture);
  const certain = new Float32Array(states.length * nStates);
  states.forEach((state, frame) => (certain[frame * nStates + state] = 1));
  drawStates(picture, certain);
  drawFingerprint(picture.fingerprint);
}

function drawRecord(record) {
  const { samples, rate, start, probabilities } = record;
  const time = Float64Array.from(samples, (_, i) => start + i / rate);
  fillEventSource("samples", { time, sample: samples });
  fillEventSource("envelope", { time: [], lowest: [], highest: [] });
  drawSpectrogram(record);
  drawStates(
    record,
    Float32Array.from(probabilities, (value) => value / 255),
  );
}

function drawSpectrogram(shown) {
  const { frequencies, spectrogram } = shown;
  const scale = run.event.spectrogram_end / 255;
  const nRows = frequencies.length;
  const first = rowOfFrequency(frequencies[0]);
  const step = nRows > 1 ? (rowOfFrequency(frequencies[nRows - 1]) - first) / (nRows - 1) : 1;
  const values = Float32Array.from(spectrogram, (value) => value * scale);
  fillImage("spectrogram", shown, values, nRows, { y: first - step / 2, dh: step * nRows });
  const place = indexOfLargest(spectrogram);
  const time = shown.frameStart + Math.floor(place / nRows) * shown.frameInterval;
  const frequency = Number(frequencies[place % nRows].toPrecision(3));
  describePlot("spectrogram", `Spectrogram, strongest at ${frequency} Hz, ${whenText(time)}.`);
}

function drawStates(shown, probabilities) {
  const nStates = run.event.n_states;
  fillImage("states", shown, probabilities, nStates, { y: 0.5, dh: nStates });
  const sums = new Float64Array(nStates);
  probabilities.forEach((value, i) => (sums[i % nStates] += value));
  const most = [...sums.keys()]
    .sort((a, b) => sums[b] - sums[a])
    .filter((state) => sums[state] > 0);
  const share = (state) => percentText(sums[state] / shown.nFrames);
  const shares = most.slice(0, 3).map((state) => `state ${state + 1} (${share(state)})`);
  describePlot("states", `Probabilities of the states over time, most often ${shares.join(", ")}.`);
}

function drawFingerprint(fingerprint) {
  const nStates = run.event.n_states;
  const scale = run.event.fingerprint_end / 255;
  const shown = { nFrames: nStates, frameStart: 1, frameInterval: 1 };
  // An image is filled column by column.
  const byColumn = (i) => fingerprint[(i % nStates) * nStates + Math.floor(i / nStates)];
  const values = Float32Array.from(fingerprint, (_, i) => byColumn(i) * scale);
  fillImage("fingerprint", shown, values, nStates, { y: 0.5, dh: nStates });
  const place = indexOfLargest(fingerprint);
  const passage = `from state ${Math.floor(place / nStates) + 1} to state ${(place % nStates) + 1}`;
  describePlot("fingerprint", `Fingerprint, largest ${passage}.`);
}

function clearPlots() {
  fillEventSource("envelope", { time: [], lowest: [], highest: [] });
  fillEventSource("samples", { time: [], sample: [] });
  for (const name of ["spectrogram", "states", "fingerprint"]) {
    fillEventSource(name, { image: [], x: [], y: [], dw: [], dh: [] });
  }
  document.getElementById("event-peak").textContent = "";
  for (const name of plotNames) describePlot(name, "Nothing is drawn.");
}

function fillEventSource(name, data) {
  plotModel(`event-${name}-data`).data = data;
}

// Show an image of frames over time; `values` has those of a frame one after the other.
function fillImage(name, { nFrames, frameStart, frameInterval }, values, nRows, { y, dh }) {
  const byRow = new Float32Array(values.length);
  for (let frame = 0; frame < nFrames; frame++) {
    for (let i = 0; i < nRows; i++) byRow[i * nFrames + frame] = values[frame * nRows + i];
  }
  const { ndarray } = Bokeh.require("core/util/ndarray");
  const image = ndarray(byRow, { dtype: "float32", shape: [nRows, nFrames] });
  const x = frameStart - frameInterval / 2;
  fillEventSource(name, {
    image: [image],
    x: [x],
    y: [y],
    dw: [nFrames * frameInterval],
    dh: [dh],
  });
}

// Where a frequency is on the axis of the rows of a whole spectrogram, which count from 0.
function rowOfFrequency(frequency) {
  const { frequencies } = run.event;
  const above = frequencies.findIndex((each) => each >= frequency);
  if (above <= 0) return above < 0 ? frequencies.length - 1 : 0;
  const below = frequencies[above - 1];
  return above - 1 + (frequency - below) / (frequencies[above] - below);
}

function indexOfLargest(values) {
  let place = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[place]) place = i;
  return place;
}

function secondsText(duration) {
  return `${Number(duration.toPrecision(3))} s`;
}

function whenText(time) {
  const side = time < 0 ? "before" : "after";
  return `${secondsText(Math.abs(time))} ${side} the ${run.event.reference}`;
}

// What a plot shows, for those who do not see it.
function describePlot(name, text) {
  plotModel(`event-${name}`).html_attributes = { role: "img", "aria-label": text };
}

function colorEventPlots() {
  if (!plotModel("event-line")) return;
  const [ink, muted, line] = ["--ink", "--muted", "--line"].map(themeColor);
  plotModel("event-line").glyph.line_color = { value: ink };
  plotModel("event-area").glyph.fill_color = { value: ink };
  for (const name of plotNames) {
    const figure = plotModel(`event-${name}`);
    figure.title.text_color = ink;
    for (const axis of [...figure.below, ...figure.left]) {
      axis.setv({
        axis_line_color: line,
        major_tick_line_color: line,
        major_label_text_color: muted,
        axis_label_text_color: muted,
      });
    }
    for (const bar of figure.right)
      bar.setv({ title_text_color: muted, major_label_text_color: muted });
  }
}
