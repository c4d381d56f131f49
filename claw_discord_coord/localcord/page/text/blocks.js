/** The blocks of Discord's Markdown: headings, subtext, quotes and lists. Each begins at the start of a line. */

const HEADING = /(#{1,3}) +(?=\S)([^\n]+)(?:\n|$)/y;
const SUBTEXT = /-# +(?=\S)([^\n]+)(?:\n|$)/y;
const QUOTE_REST = />>> ([\s\S]*)/y;
const QUOTE_LINES = /(?:> [^\n]*(?:\n|$)|>(?:\n|$))+/y;
/** The lines of one list: items, and what is indented below them. */
const LIST =
  /(?: *(?:[-*]|\d{1,9}\.) +\S[^\n]*(?:\n|$))(?: *(?:[-*]|\d{1,9}\.) +\S[^\n]*(?:\n|$)| {2,}\S[^\n]*(?:\n|$))*/y;
const LIST_ITEM = /^( *)([-*]|\d{1,9}\.) +(.*)$/;

/** The block at `position`, as {node, end, endsLine}, or null. `nested` parses what is inside. */
export function blockAt(text, position, nested, inQuote) {
  const match = (pattern) => {
    pattern.lastIndex = position;
    return pattern.exec(text);
  };
  const found = (node, whole) => ({ node, end: position + whole.length, endsLine: true });

  let hit = match(HEADING);
  if (hit) return found({ type: "heading", level: hit[1].length, children: nested.inline(hit[2].trimEnd()) }, hit[0]);
  hit = match(SUBTEXT);
  if (hit) return found({ type: "subtext", children: nested.inline(hit[1]) }, hit[0]);
  hit = match(LIST);
  if (hit) {
    const lines = oneList(hit[0].split(/(?<=\n)/));
    return found(
      list(
        lines.map((line) => line.trimEnd()),
        nested,
      ),
      lines.join(""),
    );
  }
  if (inQuote) return null;
  hit = match(QUOTE_REST);
  if (hit) return found({ type: "quote", children: nested.blocks(hit[1]) }, hit[0]);
  hit = match(QUOTE_LINES);
  if (!hit) return null;
  const lines = hit[0].replace(/\n$/, "").split("\n");
  return found(
    { type: "quote", children: nested.blocks(lines.map((line) => line.replace(/^> ?/, "")).join("\n")) },
    hit[0],
  );
}

/** The lines up to where a list of the other kind begins at the same depth. */
function oneList(lines) {
  const indentOf = (line) => line.search(/[^ ]|$/);
  const first = /** @type {RegExpExecArray} */ (LIST_ITEM.exec(lines[0].trimEnd()));
  const ordered = (mark) => /\d/.test(mark);
  const end = lines.findIndex((line) => {
    const item = LIST_ITEM.exec(line.trimEnd());
    return item && indentOf(line) <= first[1].length && ordered(item[2]) !== ordered(first[2]);
  });
  return end < 0 ? lines : lines.slice(0, end);
}

/** Builds a list from its lines; deeper indented lines become lists within the item above them. */
function list(lines, nested) {
  const indent = lines[0].search(/[^ ]|$/);
  const first = /** @type {RegExpExecArray} */ (LIST_ITEM.exec(lines[0]));
  const ordered = /\d/.test(first[2]);
  const items = [];
  for (const line of lines) {
    const item = LIST_ITEM.exec(line);
    if (item && item[1].length <= indent) items.push({ text: item[3], deeper: [] });
    else items.at(-1).deeper.push(line);
  }
  return {
    type: "list",
    ordered,
    start: ordered ? Number.parseInt(first[2], 10) : 1,
    items: items.map((item) => content(item, nested)),
  };
}

function content({ text, deeper }, nested) {
  const firstItem = deeper.findIndex((line) => LIST_ITEM.test(line));
  const own = firstItem < 0 ? deeper : deeper.slice(0, firstItem);
  const children = nested.inline([text, ...own.map((line) => line.trim())].join("\n"));
  return firstItem < 0 ? children : [...children, list(deeper.slice(firstItem), nested)];
}
