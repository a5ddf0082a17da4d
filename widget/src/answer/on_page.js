/** Finds cited words on the page that the reader is on, marks them, and scrolls there; the page's elements stay as they are. */

const MARK = "footnote-cited";
const STYLE = `::highlight(${MARK}) { background-color: #ffe79c; color: #1d1d1b; }`;
// Of a longer quote the beginning is enough to find its place.
const MAX_WORDS = 40;

/** @returns {boolean} Whether the words are there. */
export function showOnThisPage(quote) {
  const range = findWords(String(quote));
  if (!range) return false;
  if (globalThis.Highlight && CSS.highlights) mark(range);
  else select(range);
  const { parentElement } = range.startContainer;
  parentElement.scrollIntoView({ block: "center", behavior: reducedMotion() ? "auto" : "smooth" });
  return true;
}

/** Return where some words stand in the page, whatever white space and elements lie between them; null if nowhere. */
function findWords(quote) {
  const words = quote.split(/\s+/).filter(Boolean).slice(0, MAX_WORDS);
  if (!words.length) return null;
  const { text, places } = visibleText();
  const pattern = new RegExp(words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("\\s+"));
  const match = pattern.exec(text);
  if (!match) return null;
  const range = document.createRange();
  range.setStart(...placeAt(places, match.index));
  range.setEnd(...placeAt(places, match.index + match[0].length, true));
  return range;
}

function visibleText() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, {
    acceptNode: ({ parentElement }) =>
      parentElement.checkVisibility?.() === false || parentElement.closest("script, style, noscript, template")
        ? NodeFilter.FILTER_REJECT
        : NodeFilter.FILTER_ACCEPT,
  });
  const places = [];
  let text = "";
  while (walker.nextNode()) {
    const node = walker.currentNode;
    places.push({ node, start: text.length, end: text.length + node.data.length });
    // Blocks part words even where the markup has no white space between them.
    text += `${node.data} `;
  }
  return { text, places };
}

function placeAt(places, offset, isEnd = false) {
  const place = places.findLast(({ start, end }) => (isEnd ? start < offset : start <= offset && offset < end)) ?? places[0];
  return [place.node, Math.min(offset, place.end) - place.start];
}

function mark(range) {
  if (!CSS.highlights.has(MARK)) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    document.adoptedStyleSheets.push(sheet);
  }
  CSS.highlights.set(MARK, new Highlight(range));
}

function select(range) {
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
