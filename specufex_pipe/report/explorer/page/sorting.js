// Rows in the order of a column. A million take a moment, which comparing them would not.

// Row numbers by value, NaN last; events of the same value stay in the order of their rows.
function sortRows(values, isDescending) {
  let rows = allRows(values.length);
  for (const digits of sixteenBits(values, isDescending)) rows = sortByDigit(rows, digits);
  return rows;
}

function allRows(count) {
  const rows = new Uint32Array(count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows;
}

// Numbers that sort as the values do, sixteen bits at a time, the lowest first.
function sixteenBits(values, isDescending) {
  // A copy, with 0 in place of -0, and sixteen bits at least.
  const isByte = values.BYTES_PER_ELEMENT === 1;
  const copy = isByte ? Uint16Array.from(values) : values.map((value) => value + 0);
  const words = new Uint16Array(copy.buffer);
  const perValue = words.length / copy.length;
  const isFloating = copy instanceof Float32Array || copy instanceof Float64Array;
  const digits = Array.from({ length: perValue }, () => new Uint16Array(values.length));
  for (let row = 0; row < values.length; row++) {
    // Bits of numbers below 0 are turned around, so that they sort before all others.
    const isBelow = isFloating && words[(row + 1) * perValue - 1] >= 0x8000;
    const isLast = isFloating && Number.isNaN(values[row]);
    for (let place = 0; place < perValue; place++) {
      let word = words[row * perValue + place];
      if (isBelow) word ^= 0xffff;
      else if (isFloating && place === perValue - 1) word ^= 0x8000;
      if (isDescending) word ^= 0xffff;
      digits[place][row] = isLast ? 0xffff : word;
    }
  }
  return digits;
}

function sortByDigit(rows, digits) {
  const ends = new Uint32Array(0x10001);
  for (const row of rows) ends[digits[row] + 1]++;
  for (let digit = 0; digit < 0x10000; digit++) ends[digit + 1] += ends[digit];
  const sorted = new Uint32Array(rows.length);
  for (const row of rows) sorted[ends[digits[row]]++] = row;
  return sorted;
}

// The same of texts.
function sortTexts(texts, isDescending) {
  const sign = isDescending ? -1 : 1;
  return allRows(texts.length).sort((row, other) => {
    if (texts[row] === texts[other]) return row - other;
    return texts[row] < texts[other] ? -sign : sign;
  });
}
