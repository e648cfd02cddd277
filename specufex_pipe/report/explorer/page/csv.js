// Tables as files: CSV as RFC 4180 has it, in UTF-8.

// Cells are written as they are, also those that a spreadsheet program takes for formulas: what is
// saved comes back the same.
function csvOf(rows) {
  return rows.map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
}

function csvCell(text) {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// The rows of a CSV text that are not blank: cells, or null where quotation marks are misplaced,
// and the row's number, from 1.
function parseCsv(text) {
  const rows = [];
  const cell = /(?: *"([^"]*(?:""[^"]*)*)" *|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;
  const lineEnd = /\r\n|\n|\r/g;
  let cells = [];
  let number = 1;
  while (cell.lastIndex < text.length || cells.length) {
    const start = cell.lastIndex;
    const match = cell.exec(text);
    if (!match) {
      // The rest of the line cannot be told apart.
      lineEnd.lastIndex = start;
      cell.lastIndex = lineEnd.test(text) ? lineEnd.lastIndex : text.length;
      rows.push({ number: number++, cells: null });
      cells = [];
      continue;
    }
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (match[3] === ",") continue;
    if (cells.some((each) => each.trim())) rows.push({ number, cells });
    number++;
    cells = [];
  }
  return rows;
}

// Let the browser save a text as a file.
function downloadText(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// The text of a file that someone opens.
async function textOfFile(file) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`${file.name} is not text in UTF-8: save it as CSV in UTF-8.`);
  }
}
