/** Reads lines as blocks: paragraphs, headings, lists, quotes, tables, code. A block depends on its own lines only. */
import { footnotesIn, plain } from "./controls.js";
import { parseInline } from "./inline.js";

const MAX_DEPTH = 16;
const FENCE = /^ *(`{3,}(?=[^`]*$)|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]|$)/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-+*]|\d{1,9}[.)])(?:([ \t]+)|$)/;
const CONTAINERS = /^(?:[ \t]*(?:[-+*>]|\d{1,9}[.)])(?=[ \t>]|$))*[ \t]*/;
const READERS = [readFence, readHeading, readRule, readQuote, readList, readTable, readParagraph];

/**
 * @param {string[]} lines
 * @param {{isOpen: boolean, depth: number, remember: Function}} context `isOpen`: more may follow the last line.
 * @returns {{start: number, node: object}[]} Blocks, and the lines that they begin with.
 */
export function readBlocks(lines, context) {
  const blocks = [];
  const readers = context.depth > MAX_DEPTH ? [readParagraph] : READERS;
  for (let start = 0, end; start < lines.length; start = end) {
    if (isBlank(lines[start])) {
      end = start + 1;
      continue;
    }
    let build;
    for (const read of readers) if (([end, build] = read(lines, start, context) ?? []).length || end) break;
    const isOpen = context.isOpen && end === lines.length;
    const key = `${context.depth} ${isOpen} ${lines.slice(start, end).join("\n")}`;
    if (build) blocks.push({ start, node: context.remember(key, () => build({ ...context, isOpen })) });
  }
  return blocks;
}

const isBlank = (line) => !line.trim();
const indentOf = (line) => line.length - line.trimStart().length;
const unindent = (line, width) => line.slice(Math.min(width, indentOf(line)));
const inner = (lines, context) => readBlocks(lines, { ...context, depth: context.depth + 1 }).map(({ node }) => node);
const isFence = (line) => FENCE.test(plain(line));
const isRule = (line) => RULE.test(plain(line));

/** Does the line begin a block where a paragraph might go on? */
function interrupts(line) {
  if (isFence(line) || HEADING.test(line) || isRule(line) || QUOTE.test(line)) return true;
  const item = ITEM.exec(line);
  return item !== null && (/^\D/.test(item[2]) || item[2].length === 2 && item[2][0] === "1") && item[0].length < line.length;
}

function readFence(lines, start) {
  const opening = FENCE.exec(plain(lines[start]));
  if (!opening) return null;
  let end = start + 1;
  while (end < lines.length && !closes(lines[end], opening[1])) end++;
  const last = Math.min(end + 1, lines.length);
  return [last, () => fence(lines.slice(start, last), lines.slice(start + 1, end), opening[0].length)];
}

function closes(line, fenceSign) {
  const text = plain(line).trim();
  return text.length >= fenceSign.length && text === fenceSign[0].repeat(text.length);
}

function fence(all, inside, signEnd) {
  const [language = ""] = plain(all[0]).slice(signEnd).trim().split(/\s/, 1);
  const indent = indentOf(all[0]);
  const text = inside.map((line) => plain(unindent(line, indent))).join("\n");
  const source = all.join("\n");
  const isDoubtful = /[\x03-\x05]/.test(source);
  const label = language && { tag: "span", class: "language", children: [{ text: language.slice(0, 30) }] };
  const bar = [label, { copy: true }, ...footnotesIn(source), isDoubtful && { doubt: true }].filter(Boolean);
  const code = { tag: "code", children: text ? [{ text }] : [] };
  return {
    tag: "div",
    class: isDoubtful ? "fence doubtful" : "fence",
    children: [
      { tag: "div", class: "fence-bar", children: bar },
      { tag: "pre", children: [code] },
    ],
  };
}

function readHeading(lines, start) {
  const heading = HEADING.exec(lines[start]);
  if (!heading) return null;
  // A model begins at any level; the outline of the page has one place for an answer's headings.
  const minor = heading[1].length > 2 ? { class: "minor" } : {};
  const build = ({ isOpen, remember }) => {
    const text = withoutClosing(lines[start].slice(heading[0].length).trim());
    return { tag: "h3", ...minor, children: parseInline(text, isOpen, remember) };
  };
  return [start + 1, build];
}

function withoutClosing(text) {
  let end = text.length;
  while (text[end - 1] === "#") end--;
  return end === 0 || text[end - 1] === " " ? text.slice(0, end).trimEnd() : text;
}

function readRule(lines, start) {
  return isRule(lines[start]) ? [start + 1, () => ({ tag: "hr" })] : null;
}

function readQuote(lines, start) {
  if (!QUOTE.test(lines[start])) return null;
  const continues = paragraphWatch(lines[start]);
  let end = start + 1;
  for (; end < lines.length; end++) {
    const isQuote = QUOTE.test(lines[end]);
    if (!isQuote && !continues(lines[end])) break;
    continues.see(lines[end]);
  }
  const build = (context) => {
    const inside = lines.slice(start, end).map((line) => line.replace(QUOTE, ""));
    return { tag: "blockquote", children: inner(inside, context) };
  };
  return [end, build];
}

/** Watch the lines of a list or a quote: can a line without its mark go on with the paragraph in it? */
function paragraphWatch(line) {
  let isCode = false;
  let isParagraph = false;
  const continues = (next) => isParagraph && !isBlank(next) && !interrupts(next);
  continues.see = (seen) => {
    const leaf = seen.slice(CONTAINERS.exec(seen)[0].length);
    const isSign = isFence(leaf);
    isParagraph = !(isCode || isSign || isBlank(leaf) || HEADING.test(leaf) || isRule(leaf));
    isCode = isCode !== isSign;
  };
  continues.see(line);
  return continues;
}

function readItem(line) {
  const item = !isRule(line) && ITEM.exec(line);
  if (!item) return null;
  const [all, indent, sign, space = ""] = item;
  const width = space.length > 4 ? all.length - space.length + 1 : all.length;
  return { indent: indent.length, kind: sign.at(-1), sign, width };
}

function readList(lines, start) {
  const first = readItem(lines[start]);
  if (!first) return null;
  const items = [];
  let at = start;
  for (let item = first; item?.kind === first.kind; item = at < lines.length ? readItem(lines[at]) : null) {
    const next = itemEnd(lines, at, item);
    items.push({ ...item, start: at, end: next });
    for (at = next; at < lines.length && isBlank(lines[at]); ) at++;
  }
  return [items.at(-1).end, (context) => list(lines, items, context)];
}

/** The line behind an item: its own lines are indented, or go on with its paragraph. */
function itemEnd(lines, start, { indent }) {
  const continues = paragraphWatch(lines[start]);
  let end = start + 1;
  for (let at = end; at < lines.length; at++) {
    const line = lines[at];
    if (!isBlank(line)) {
      const isInside = indentOf(line) >= indent + 2;
      if (!isInside && (readItem(line) || !continues(line))) break;
      end = at + 1;
    }
    continues.see(line);
  }
  return end;
}

function list(lines, items, context) {
  const isOrdered = items[0].sign.length > 1;
  const start = isOrdered ? parseInt(items[0].sign, 10) : 1;
  const lastEnd = items.at(-1).end;
  const children = items.map((item) => {
    const own = lines.slice(item.start, item.end);
    const isOpen = context.isOpen && item.end === lastEnd;
    const key = `li ${context.depth} ${isOpen} ${own.join("\n")}`;
    return context.remember(key, () => listItem(own, item, { ...context, isOpen }));
  });
  return { tag: isOrdered ? "ol" : "ul", ...(start !== 1 && { start }), children };
}

/** The first paragraph stands in the item itself, so that a blank line further down changes nothing that is shown. */
function listItem([first, ...rest], { width }, context) {
  const second = rest.find((line) => !isBlank(line));
  const indent = Math.min(width, second === undefined ? width : indentOf(second) || width);
  const text = first.slice(width).replace(/^(\x03?)\[([ xX])\](?=\s)/, (_, doubt, mark) => doubt + (mark === " " ? "☐" : "☑"));
  const [head, ...tail] = inner([text, ...rest.map((line) => unindent(line, indent))], context);
  const children = head?.tag === "p" ? [...head.children, ...tail] : head ? [head, ...tail] : [];
  return { tag: "li", children };
}

function splitRow(line) {
  // Signs behind the last line belong into the last cell.
  const row = line.trim().replace(/\|((?:\x01\d+\x02|[\x03-\x05])+)$/, "$1|");
  const cells = row.replaceAll("\\|", "\x06").replace(/^([\x03-\x05]*)\|/, "$1").replace(/\|$/, "").split("|");
  return cells.map((cell) => trimInside(cell.replaceAll("\x06", "|").trim()));
}

/** Take white space off that stands between the signs at an end of a cell and its words. */
function trimInside(cell) {
  return cell.replace(/^([\x03-\x05]+)\s+/, "$1").replace(/\s+([\x03-\x05]+)$/, "$1");
}

function alignments(line) {
  const row = plain(line);
  if (!row.includes("-") || !/^[\s|:-]*$/.test(row)) return null;
  const cells = splitRow(row);
  if (!cells.every((cell) => /^:?-+:?$/.test(cell))) return null;
  return cells.map((cell) => (cell.endsWith(":") ? (cell[0] === ":" ? "center" : "right") : cell[0] === ":" ? "left" : ""));
}

function startsTable(lines, start) {
  if (!lines[start].includes("|") || start + 1 >= lines.length) return null;
  const align = alignments(lines[start + 1]);
  return align?.length === splitRow(lines[start]).length ? align : null;
}

function readTable(lines, start) {
  const align = startsTable(lines, start);
  if (!align) return null;
  let end = start + 2;
  while (end < lines.length && lines[end].includes("|") && !interrupts(lines[end])) end++;
  return [end, (context) => table(lines.slice(start, end), align, context)];
}

function table([head, , ...body], align, context) {
  const row = (line, tag, isOpen) =>
    context.remember(`${tag} ${align} ${isOpen} ${line}`, () => ({ tag: "tr", children: cells(line, tag, isOpen) }));
  const cells = (line, tag, isOpen) =>
    reopened(splitRow(line).slice(0, align.length)).map((text, column, all) => ({
      tag,
      ...(align[column] && { align: align[column] }),
      children: parseInline(text.replace(/<br *\/?>/gi, "\n"), isOpen && column === all.length - 1, context.remember),
    }));
  const rows = body.map((line, index) => row(line, "td", context.isOpen && index === body.length - 1));
  const children = [{ tag: "thead", children: [row(head, "th", false)] }];
  if (rows.length) children.push({ tag: "tbody", children: rows });
  return { tag: "div", class: "table", children: [{ tag: "table", children }] };
}

/** Doubt that goes on from one cell to the next begins anew there. */
function reopened(texts) {
  let isDoubtful = false;
  return texts.map((text) => {
    const added = isDoubtful ? `\x03${text}` : text;
    isDoubtful = added.lastIndexOf("\x03") > Math.max(added.lastIndexOf("\x04"), added.lastIndexOf("\x05"));
    return added;
  });
}

function readParagraph(lines, start, { isOpen, depth }) {
  let end = start + 1;
  if (depth <= MAX_DEPTH) {
    while (end < lines.length && !isBlank(lines[end]) && !interrupts(lines[end]) && !startsTable(lines, end)) end++;
  } else {
    while (end < lines.length && !isBlank(lines[end])) end++;
  }
  // A row of pipes is the head of a table or not: the next line tells.
  const isHeld = isOpen && end === lines.length && /^[\s\x03]*\|/.test(lines[end - 1]);
  if (isHeld && end - 1 === start) return [end];
  const shown = lines.slice(start, isHeld ? end - 1 : end);
  return [end, ({ isOpen: isLast, remember }) => paragraph(shown, isLast, remember)];
}

function paragraph(lines, isOpen, remember) {
  const text = lines
    .map((line, index) => (index < lines.length - 1 ? line.trim().replace(/\\(?=\x04?$)/, "") : line.trim()))
    .join("\n")
    .replaceAll("\x04\n\x03", "\n");
  return { tag: "p", children: parseInline(text, isOpen, remember) };
}
