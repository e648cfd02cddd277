// Keys that work wherever the focus is, but not while a reader types or chooses.

const signsKey = "specufex_pipe.explorer.signs";
const ownKeys = 'input:not([type="checkbox"]), select, textarea, [contenteditable]';
const keyActions = {
  ArrowDown: () => stepEvent(1),
  ArrowRight: () => stepEvent(1),
  ArrowUp: () => stepEvent(-1),
  ArrowLeft: () => stepEvent(-1),
  Escape: () => selectWhere(() => false),
  l: () => currentRow >= 0 && focusLabel(),
  p: () => currentRow >= 0 && toggleSound(),
  "?": () => document.getElementById("help").showModal(),
};

function startKeyboard() {
  document.getElementById("open-help").addEventListener("click", keyActions["?"]);
  // Who speaks instead of typing would press keys of one sign unawares.
  const signs = document.getElementById("signs");
  signs.checked = readStored(signsKey) !== "off";
  signs.addEventListener("change", () => store(signsKey, signs.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const { key, target, altKey, ctrlKey, metaKey, defaultPrevented } = event;
    if (altKey || ctrlKey || metaKey || defaultPrevented || !Object.hasOwn(keyActions, key)) return;
    if (document.querySelector("dialog[open]") || target.closest(ownKeys)) return;
    if (key.length === 1 && !signs.checked) return;
    event.preventDefault();
    keyActions[key]();
    if (document.querySelector("#table tbody").contains(target)) focusCurrent();
  });
}
