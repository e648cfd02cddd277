// Light and dark: as the system has it, or as the reader chose.

const themeKey = "specufex_pipe.explorer.theme";
const darkScheme = matchMedia("(prefers-color-scheme: dark)");
// Of points on the ground, as WCAG has it for what is no text.
const leastContrast = 3;

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : darkScheme.matches;
}

function startTheme() {
  const button = document.getElementById("theme");
  const chosen = readStored(themeKey);
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  const tell = () => {
    button.setAttribute("aria-pressed", String(isDark()));
    announce("theme");
  };
  button.addEventListener("click", () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    store(themeKey, next);
    tell();
  });
  darkScheme.addEventListener("change", tell);
  tell();
}

// A browser may refuse to keep anything for a page: then the choice holds until it is closed.
function readStored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    return;
  }
}

// A custom property as the colour that it is now.
function themeColor(name) {
  const probe = document.getElementById("color-probe");
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

// Colour of a cluster on the ground of the page: on a dark one, dark colours are made lighter.
function clusterColor(number) {
  const { color } = clusterOf(number);
  if (!isDark()) return color;
  const ground = luminance(themeColor("--ground").match(/\d+/g).map(Number));
  const channels = [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16));
  let mixed = channels;
  for (let white = 0; luminance(mixed) + 0.05 < leastContrast * (ground + 0.05); white += 0.05) {
    mixed = channels.map((channel) => Math.round(channel + (255 - channel) * white));
  }
  return `rgb(${mixed.join(", ")})`;
}

// Relative luminance of WCAG 2.2.
function luminance(channels) {
  const [red, green, blue] = channels.slice(0, 3).map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
