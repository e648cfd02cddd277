// The waveform of the current event as sound, sped up into what ears hear.

const soundSpeeds = [1, 10, 20, 50, 100, 200];
// Where ears hear well; by default the middle of the band of the spectrograms is near it.
const pleasantPitch = 300;
const fadeSeconds = 0.01;
const soundVolume = 0.8;
let audioContext = null;
let playingSource = null;

function startSound() {
  const choice = document.getElementById("sound-speed");
  choice.replaceChildren(...soundSpeeds.map((speed) => newOption(speed, String(speed))));
  choice.value = defaultSpeed();
  choice.addEventListener("change", stopSound);
  document.getElementById("sound-button").addEventListener("click", toggleSound);
  bus.addEventListener("current", stopSound);
}

function defaultSpeed() {
  const { frequencies } = run.event;
  const lowest = frequencies.find((frequency) => frequency > 0) ?? 1;
  const wanted = pleasantPitch / Math.sqrt(lowest * Math.max(lowest, frequencies.at(-1)));
  const ratio = (speed) => Math.abs(Math.log(speed / wanted));
  return soundSpeeds.reduce((best, speed) => (ratio(speed) < ratio(best) ? speed : best));
}

// Play the current event, or stop.
async function toggleSound() {
  if (playingSource) return stopSound();
  const row = currentRow;
  if (row < 0) return;
  // Browsers want it made while a key or button is pressed.
  audioContext ??= new AudioContext();
  try {
    const record = await loadRecord(row);
    if (row !== currentRow || playingSource) return;
    const speed = Number(document.getElementById("sound-speed").value);
    playingSource = soundOf(audioContext, record.samples, record.rate * speed);
    playingSource.onended = stopSound;
    showSound("");
  } catch (error) {
    showSound(`There is no sound. ${error.message}`);
  }
}

function stopSound() {
  const source = playingSource;
  playingSource = null;
  if (source) {
    source.onended = null;
    source.stop();
  }
  showSound("");
}

function showSound(text) {
  document.getElementById("sound-button").textContent = playingSource ? "Stop" : "Play";
  document.getElementById("sound-said").textContent = text;
}

// Play samples at a rate, Hz, in a context. Its buffers take no rates as low as those of
// seismometers, so the buffer has the rate of the context, and is played slower or faster.
function soundOf(context, samples, rate) {
  const buffer = context.createBuffer(1, samples.length, context.sampleRate);
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(context, {
    buffer,
    playbackRate: rate / context.sampleRate,
  });
  const gain = context.createGain();
  const start = context.currentTime;
  const end = start + samples.length / rate;
  const fade = Math.min(fadeSeconds, (end - start) / 2);
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(soundVolume, start + fade);
  gain.gain.setValueAtTime(soundVolume, end - fade);
  gain.gain.linearRampToValueAtTime(0, end);
  source.connect(gain).connect(context.destination);
  source.start(start);
  return source;
}
