// Events as they are drawn: small pictures of all and whole records, from the parts that have them.

// Parts of events are many and, together, large: those used last are kept.
const mostRecentParts = 100;
const recentParts = [];

function loadRecentPart(key) {
  const place = recentParts.indexOf(key);
  if (place >= 0) recentParts.splice(place, 1);
  recentParts.push(key);
  if (recentParts.length > mostRecentParts) loadedParts.delete(recentParts.shift());
  return loadPart(key);
}

// The part that has an event, and the event's place in it.
async function loadBlock(kind, row) {
  const size = run.blocks[`${kind}s`];
  const part = await loadRecentPart(`${kind}/${Math.floor(row / size)}`);
  return [part, row % size];
}

// Where the items of an event are, if events have so many one after the other.
function extentOf(counts, place) {
  let first = 0;
  for (let i = 0; i < place; i++) first += counts[i];
  return [first, first + counts[place]];
}

// Of an event: peak; start and duration in s, the start after the reference; envelope, lowest and
// highest sample of each part of the event, over the peak; frames.
async function loadPicture(row) {
  const [part, place] = await loadBlock("picture", row);
  const [first, last] = extentOf(part.widths.data, place);
  const nRows = run.event.picture_frequencies.length;
  const nStates = run.event.n_states;
  const [, nParts] = part.envelope.shape;
  return {
    peak: part.peak.data[place],
    start: part.start.data[place],
    duration: part.duration.data[place],
    envelope: part.envelope.data.subarray(2 * nParts * place, 2 * nParts * (place + 1)),
    nFrames: last - first,
    frameStart: part.frame_start.data[place],
    frameInterval: part.frame_interval.data[place],
    frequencies: run.event.picture_frequencies,
    spectrogram: part.spectrogram.data.subarray(first * nRows, last * nRows),
    states: part.states.data.subarray(first, last),
    fingerprint: part.fingerprint.data.subarray(nStates ** 2 * place, nStates ** 2 * (place + 1)),
  };
}

// Of an event: samples over their peak, sampling rate in Hz, start in s after the reference;
// frames, with the probability of each state.
async function loadRecord(row) {
  const [part, place] = await loadBlock("record", row);
  const [first, last] = extentOf(part.widths.data, place);
  const nRows = run.event.frequencies.length;
  const nStates = run.event.n_states;
  return {
    samples: expandSamples(part.samples.data.subarray(...extentOf(part.lengths.data, place))),
    rate: part.sampling_rate.data[place],
    start: part.start.data[place],
    nFrames: last - first,
    frameStart: part.frame_start.data[place],
    frameInterval: part.frame_interval.data[place],
    frequencies: run.event.frequencies,
    spectrogram: part.spectrogram.data.subarray(first * nRows, last * nRows),
    probabilities: part.states.data.subarray(first * nStates, last * nStates),
  };
}

// The inverse of the mu-law, with mu = 255.
function expandSamples(codes) {
  const magnitude = (code) => (256 ** (Math.abs(code) / 127) - 1) / 255;
  return Float32Array.from(codes, (code) => Math.sign(code) * magnitude(code));
}

// Thumbnail: the spectrogram of a picture, a pixel a value, which the style sheet enlarges.

function drawThumbnail(canvas, picture) {
  const nRows = picture.frequencies.length;
  canvas.width = picture.nFrames;
  canvas.height = nRows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(picture.nFrames, nRows);
  const pixels = new Uint32Array(image.data.buffer);
  const colors = spectrogramColors();
  for (let frame = 0; frame < picture.nFrames; frame++) {
    for (let i = 0; i < nRows; i++) {
      const color = colors[picture.spectrogram[frame * nRows + i]];
      pixels[(nRows - 1 - i) * picture.nFrames + frame] = color;
    }
  }
  context.putImageData(image, 0, 0);
}

let colorsOfSpectrograms = null;

// The 256 colours of the plot of a spectrogram, as pixels of a canvas.
function spectrogramColors() {
  if (!colorsOfSpectrograms) {
    colorsOfSpectrograms = Uint32Array.from(eventPlots.colors, (color) => {
      const value = Number.parseInt(color.slice(1), 16);
      return 0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16);
    });
  }
  return colorsOfSpectrograms;
}

// A canvas that shows an event as soon as its picture has come; empty if it does not come.
function thumbnailOf(row) {
  const canvas = document.createElement("canvas");
  canvas.className = "thumbnail";
  canvas.setAttribute("aria-hidden", "true");
  loadPicture(row).then(
    (picture) => drawThumbnail(canvas, picture),
    () => {},
  );
  return canvas;
}

// An event as an item of a list: a button with its thumbnail and texts, that shows the event.
function thumbnailItem(row, id, ...texts) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = id;
  const about = document.createElement("span");
  about.className = "about";
  about.append(...texts);
  button.append(thumbnailOf(row), name, about);
  button.addEventListener("click", () => showEvent(row));
  item.append(button);
  return item;
}
