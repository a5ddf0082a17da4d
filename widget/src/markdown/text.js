/**
 * Markdown that streams in, as a light tree of blocks.
 *
 * Only the last block is open: those before it are read once and stay the same objects.
 */
import { readBlocks } from "./blocks.js";
import { clean, DOUBT, isDoubtfulAfter, PAUSE, sign, SURE } from "./controls.js";

// What stands before the words of a line; doubt begins behind it.
const LINE_START = /^(?:[ \t\x03-\x05]*(?:[-+*>]|#{1,6}|\d{1,9}[.)])(?=[ \t\x03-\x05>]|$))*[ \t\x03-\x05]*\|?/;
const UNCLEAR_LINE = /^[-+*_=|:`~#\s>\d.)]*$/;
const OPEN_FENCE = /^[-+*\s>\d.)]*(?:`{3,}|~{3,})[^`]*$/;

export class MarkdownText {
  #finished = [];
  #open = [];
  #source = "";
  #isEnded = false;
  #isRead = true;
  #memory = new Map();

  /** @param {string} text Some more of it, cut anywhere. */
  push(text) {
    this.#source += clean(String(text));
    this.#isRead = false;
  }

  /** A footnote stands here. */
  mark(number) {
    if (Number.isInteger(number) && number >= 0) this.#insert(sign(number));
  }

  /** What follows is a sentence that is not confirmed; or no longer is. */
  doubt(isOn) {
    if (isOn) this.push("");
    if (isOn) this.#source += DOUBT;
    else this.#insert(SURE);
  }

  end() {
    this.#isEnded = true;
    this.#isRead = false;
  }

  /** @returns {object[]} The blocks; see index.js. */
  get blocks() {
    if (!this.#isRead) this.#read();
    return [...this.#finished, ...this.#open];
  }

  /** Insert a sign behind the last word: a line that has ended does not part them. */
  #insert(added) {
    const words = this.#source.trimEnd();
    const space = this.#source.slice(words.length);
    // A note about doubt stands behind the markers of its sentence.
    const isNoted = added !== SURE && words.endsWith(SURE);
    const before = isNoted ? words.slice(0, -1) : words;
    const after = isNoted ? SURE : "";
    this.#source = space.includes("\n") || isNoted ? before + added + after + space : this.#source + added;
    this.#isRead = false;
  }

  #read() {
    const raw = this.#source.split("\n");
    const { lines, isDoubtfulAt } = withDoubtInLines(raw);
    const isOpen = !this.#isEnded;
    if (isOpen && isUnclear(raw.at(-1))) lines.pop();
    const blocks = readBlocks(lines, { isOpen, depth: 0, remember: this.#generation() });
    this.#isRead = true;
    // A block is finished where the next one has begun for sure: with a whole line that a whole line follows.
    const next = blocks.findLastIndex(({ start }) => start + 2 < raw.length);
    if (next > 0) {
      const { start } = blocks[next];
      this.#source = (isDoubtfulAt[start] ? DOUBT : "") + raw.slice(start).join("\n");
      for (const { node } of blocks.splice(0, next)) this.#finished.push(node);
    }
    this.#open = blocks.map(({ node }) => node);
  }

  /** What was read the last time is not read again. */
  #generation() {
    const known = this.#memory;
    const memory = (this.#memory = new Map());
    return (key, build) => {
      const value = known.get(key) ?? memory.get(key) ?? build();
      memory.set(key, value);
      return value;
    };
  }
}

function isUnclear(line) {
  const text = line.replace(/[\x03-\x05]/g, "");
  return UNCLEAR_LINE.test(text) || OPEN_FENCE.test(text);
}

/** Let doubt end with each line and begin again behind the marks of the next one, so that these are seen. */
function withDoubtInLines(raw) {
  let isDoubtful = false;
  const isDoubtfulAt = [];
  const lines = raw.map((line, index) => {
    isDoubtfulAt[index] = isDoubtful;
    const text = line.replace(/^[ \t]+/, (indent) => indent.replaceAll("\t", "    "));
    if (!isDoubtful && !/[\x03-\x05]/.test(text)) return text;
    const [start] = LINE_START.exec(text);
    const rest = text.slice(start.length);
    const begins = isDoubtfulAfter(start, isDoubtful);
    isDoubtful = isDoubtfulAfter(rest, begins);
    const note = start.includes(SURE) ? SURE : "";
    const end = isDoubtful ? PAUSE : "";
    if (!rest) return start.replace(/[\x03-\x05]/g, "") + note;
    return start.replace(/[\x03-\x05]/g, "") + note + (begins ? DOUBT : "") + rest + end;
  });
  return { lines, isDoubtfulAt };
}
