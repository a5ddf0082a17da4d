/** Reads what stands in a paragraph: emphasis, code, links, footnotes. Time grows with the length of the text only. */
import { realHost, safeUrl } from "./addresses.js";
import { DOUBT, isDoubtfulAfter, SURE, footnotesIn, plain } from "./controls.js";

const MAX_CHARACTERS = 8000;
const MAX_DEPTH = 12;
/** What may be the beginning of a link is held back no longer than this. */
const MAX_HELD_CHARACTERS = 600;
const TOKEN =
  /\\[!-/:-@[-`{-~]|\x01\d+\x02|[\x03-\x05\n]|`+|\*+|_+|~+|!?\[|\]|<(?:(?:https?:\/\/|mailto:)[^\s<>]*|[\w.+-]+@[\w.-]+)>|\bhttps?:\/\/[^\s<>[\]`"\\\x00-\x1f\u3000-\u303f\uff00-\uffef]+/gi;
const TARGET =
  /\([ \n]{0,3}(?:<([^<>\n]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*))(?:[ \n]{1,3}(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \n]{0,3}\)/y;
const OPEN_TARGET = /^(?:\((?:[^()\n]|\([^()\n]*\))*(?:\([^()\n]*)?)?$/;
const HALF_ADDRESS = /(?:(?<!\]\()\bh(?:t(?:t(?:ps?(?::(?:\/[^\s<>[\]]*)?)?)?)?)?|<[^\s<>]*)$/i;
const HELD_AT_END = /[\s*_~`!\\\ud800-\udbff]/;
const PUNCTUATION = /[\p{P}\p{S}\x01-\x05]/u;
const UNSPACED = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}]/u;

/**
 * @param {string} text
 * @param {boolean} isOpen More may follow: what is not yet clear is held back, and what is open shows as it will be.
 * @param {(key: string, build: () => object[]) => object[]} remember
 */
export function parseInline(text, isOpen, remember) {
  const nodes = [];
  for (let from = 0, isDoubtful = false; from < text.length; ) {
    const to = cutAfter(text, from);
    const piece = (isDoubtful ? DOUBT : "") + text.slice(from, to);
    const isLast = isOpen && to === text.length;
    nodes.push(...remember(`${isLast}${piece}`, () => new Reader(piece, isLast).read()));
    isDoubtful = isDoubtfulAfter(piece, false);
    from = to;
  }
  return nodes;
}

/** A very long paragraph is read in pieces: at a space, but never within a sign or a character. */
function cutAfter(text, from) {
  const limit = from + MAX_CHARACTERS;
  if (text.length <= limit) return text.length;
  const space = text.lastIndexOf(" ", limit);
  if (space > from) return space + 1;
  let cut = limit;
  while (cut > limit - 8 && /[\d\x02\udc00-\udfff]/.test(text[cut])) cut--;
  return cut;
}

class Reader {
  #text;
  #isOpen;
  #tokens = [];
  #delimiters = [];
  #brackets = [];
  #isDoubtful = false;
  #unclosedTicks = new Set();

  constructor(text, isOpen) {
    this.#isOpen = isOpen;
    this.#text = isOpen ? withoutHalves(text) : text;
  }

  read() {
    const text = this.#text;
    let at = 0;
    for (let match; at < text.length; ) {
      TOKEN.lastIndex = at;
      match = TOKEN.exec(text);
      if (match?.index !== at) this.#addText(text.slice(at, match?.index));
      if (!match) break;
      at = this.#take(match[0], match.index);
    }
    if (this.#isOpen) this.#holdBrackets();
    pair(this.#delimiters, this.#isOpen ? this.#tokens : null);
    return build(this.#tokens);
  }

  #add(token) {
    this.#tokens.push({ ...token, isDoubtful: this.#isDoubtful });
  }

  #addText(text) {
    this.#add({ node: { text } });
  }

  /** Take the token at an index; return the index behind what was taken. */
  #take(token, index) {
    const end = index + token.length;
    const first = token[0];
    if (first === "\\") this.#addText(token[1]);
    else if (first === "\n") this.#add({ node: { tag: "br" } });
    else if (first === "\x01") this.#addFootnote(token);
    else if (first < " ") this.#takeDoubt(token);
    else if (first === "`") return this.#takeCode(token, end);
    else if (first === "]") return this.#closeBracket(end);
    else if (first === "<") this.#addAddress(token.slice(1, -1));
    else if (first === "h" || first === "H") return this.#takeBareAddress(token, index);
    else if (token.endsWith("[")) this.#openBracket(token, index);
    else this.#addDelimiter(token, index);
    return end;
  }

  /** A marker hugs the word before it. */
  #addFootnote(token) {
    const last = this.#tokens.at(-1)?.node;
    if (last?.text) last.text = last.text.trimEnd();
    this.#tokens.push({ node: footnotesIn(token)[0] });
  }

  #takeDoubt(token) {
    this.#isDoubtful = token === DOUBT;
    if (token === SURE) this.#tokens.push({ node: { doubt: true } });
  }

  #takeCode(ticks, end) {
    const closing = this.#unclosedTicks.has(ticks.length) ? -1 : findRun(this.#text, ticks, end);
    if (closing < 0 && !this.#isOpen) {
      this.#unclosedTicks.add(ticks.length);
      this.#addText(ticks);
      return end;
    }
    const source = this.#text.slice(end, closing < 0 ? undefined : closing);
    const code = plain(source).replaceAll("\n", " ");
    const text = /^ .*\S.* $/.test(code) ? code.slice(1, -1) : code;
    if (text) this.#add({ node: { tag: "code", children: [{ text }] } });
    for (const node of footnotesIn(source)) this.#tokens.push({ node });
    for (const doubt of source.match(/[\x03-\x05]/g) ?? []) this.#takeDoubt(doubt);
    return closing < 0 ? this.#text.length : closing + ticks.length;
  }

  #addDelimiter(run, index) {
    if (run[0] === "~" && run.length !== 2) return this.#addText(run);
    const before = this.#text[index - 1] ?? " ";
    const after = this.#text[index + run.length] ?? " ";
    const [leans, rests] = [flanks(after, before), flanks(before, after)];
    const isWord = run[0] === "_";
    const delimiter = {
      sign: run[0],
      length: run.length,
      left: run.length,
      canOpen: leans && (!isWord || !rests || PUNCTUATION.test(before)),
      canClose: rests && (!isWord || !leans || PUNCTUATION.test(after)),
      index: this.#delimiters.length,
      isLineEnd: this.#text.includes("\n", index),
      opens: [],
      closes: [],
      isDoubtful: this.#isDoubtful,
    };
    this.#delimiters.push(delimiter);
    this.#tokens.push(delimiter);
  }

  #addAddress(address) {
    const url = safeUrl(/^[\w.+-]+@/.test(address) ? `mailto:${address}` : address);
    this.#add({ opens: [{ url }] });
    this.#addText(address);
    this.#add({ closes: ["a"] });
  }

  #takeBareAddress(token, index) {
    const address = withoutEnd(token);
    if (safeUrl(address)) this.#addAddress(address);
    else this.#addText(address);
    return index + address.length;
  }

  #openBracket(sign, start) {
    this.#brackets.push({ sign, start, token: this.#tokens.length, delimiter: this.#delimiters.length });
    this.#addText(sign);
  }

  #closeBracket(end) {
    const bracket = this.#brackets.pop();
    TARGET.lastIndex = end;
    const target = bracket && TARGET.exec(this.#text);
    if (target) {
      this.#link(bracket, safeUrl(target[1] ?? target[2].replace(/\\([!-/:-@[-`{-~])/g, "$1")));
      return end + target[0].length;
    }
    const rest = this.#isOpen && bracket ? this.#text.slice(end, end + MAX_HELD_CHARACTERS) : "-";
    if (OPEN_TARGET.test(rest)) {
      this.#hold(bracket);
      return this.#text.length;
    }
    this.#addText("]");
    return end;
  }

  #link(bracket, url) {
    pair(this.#delimiters.splice(bracket.delimiter), null);
    const inside = this.#tokens.splice(bracket.token).slice(1);
    const isMark = ({ node }) => node?.footnote !== undefined || node?.doubt;
    const isImage = bracket.sign === "![";
    this.#add({ opens: [{ url, isImage }] });
    for (const token of inside) if (!isMark(token)) this.#tokens.push(token);
    this.#add({ closes: ["a"] });
    for (const token of inside) if (isMark(token)) this.#tokens.push(token);
    // There is no link within a link; an image within one is its text.
    if (!isImage) this.#brackets = [];
  }

  #holdBrackets() {
    const from = Math.max(this.#text.length - MAX_HELD_CHARACTERS, this.#text.lastIndexOf("\n"));
    const bracket = this.#brackets.find(({ start }) => start >= from);
    if (bracket) this.#hold(bracket);
  }

  #hold({ token, delimiter }) {
    this.#tokens.length = token;
    this.#delimiters.length = delimiter;
    this.#brackets = [];
  }
}

/** Take off what is not clear before more follows: half a mark, half an address, half a character. */
function withoutHalves(text) {
  const tail = HALF_ADDRESS.exec(text.slice(-MAX_HELD_CHARACTERS));
  let end = text.length - (tail ? tail[0].length : 0);
  while (end > 0 && HELD_AT_END.test(text[end - 1])) end--;
  return text.slice(0, end);
}

function findRun(text, ticks, from) {
  for (let at = from; (at = text.indexOf(ticks, at)) >= 0; ) {
    let end = at;
    while (text[end] === "`") end++;
    if (end - at === ticks.length) return at;
    at = end;
  }
  return -1;
}

/** Take off the punctuation behind a bare address, and a bracket that was opened before it. */
function withoutEnd(address) {
  let end = address.length;
  let surplus = 0;
  for (const character of address) surplus += character === ")" ? 1 : character === "(" ? -1 : 0;
  for (; end > 0; end--) {
    const last = address[end - 1];
    if (last === ")" && surplus > 0) surplus--;
    else if (!/[?!.,:;*_~'|]/.test(last)) break;
  }
  return address.slice(0, end);
}

/** Can a mark lean on the character at its side? Languages without spaces write it between letters. */
function flanks(side, other) {
  if (/\s/.test(side)) return false;
  return !PUNCTUATION.test(side) || /\s/.test(other) || PUNCTUATION.test(other) || UNSPACED.test(other);
}

/**
 * Pair marks of emphasis as CommonMark does (appendix "process emphasis").
 *
 * @param {object[]|null} tokens Where more may follow: marks that are still open close behind them.
 */
function pair(delimiters, tokens) {
  const openers = [];
  const floors = {};
  for (const closer of delimiters) {
    while (closer.canClose && closer.left && close(openers, closer, floors));
    if (closer.canOpen && closer.left) openers.push(closer);
  }
  if (!tokens) return;
  const end = { closes: [] };
  for (const opener of openers.reverse()) {
    if (opener.isLineEnd || opener.left > 3) continue;
    while (opener.left) end.closes.push(wrap(opener, opener));
  }
  tokens.push(end);
}

function close(openers, closer, floors) {
  const key = `${closer.sign}${closer.canOpen}${closer.length % 3}`;
  for (let at = openers.length - 1; at >= 0 && openers[at].index >= (floors[key] ?? 0); at--) {
    const opener = openers[at];
    if (!matches(opener, closer)) continue;
    openers.length = at + 1;
    closer.closes.push(wrap(opener, closer));
    if (!opener.left) openers.pop();
    return true;
  }
  floors[key] = closer.index;
  return false;
}

function matches(opener, closer) {
  if (opener.sign !== closer.sign) return false;
  const isThree = (opener.length + closer.length) % 3 === 0 && (opener.length % 3 || closer.length % 3);
  return !(isThree && (opener.canClose || closer.canOpen));
}

/** Use up one or two signs of both; return the tag. */
function wrap(opener, closer) {
  const used = Math.min(2, opener.left, closer.left);
  opener.left -= used;
  if (closer !== opener) closer.left -= used;
  const tag = opener.sign === "~" ? "s" : used === 2 ? "strong" : "em";
  opener.opens.push(tag);
  return tag;
}

/** Make the tree of tokens that are known to nest. */
function build(tokens) {
  const frames = [{ items: [] }];
  for (const { node, isDoubtful, opens = [], closes = [], sign, left } of tokens) {
    for (let count = closes.length; count > 0; count--) leave(frames);
    if (node) put(frames.at(-1).items, node, isDoubtful);
    if (left) put(frames.at(-1).items, { text: sign.repeat(left) }, isDoubtful);
    for (const open of opens.toReversed?.() ?? [...opens].reverse()) enter(frames, open);
  }
  while (frames.length > 1) leave(frames);
  return gather(frames[0].items);
}

function put(items, node, isDoubtful = false) {
  const last = items.at(-1);
  if (node.text === "") return;
  if (last?.node.text && node.text && last.isDoubtful === isDoubtful) last.node = { text: last.node.text + node.text };
  else items.push({ node, isDoubtful });
}

function enter(frames, open) {
  const { items, isLinked } = frames.at(-1);
  const isLink = typeof open === "object";
  const isShown = frames.length <= MAX_DEPTH && !(isLink && (isLinked || !open.url));
  frames.push({ open: isShown && open, items: isShown ? [] : items, isLinked: isLinked || (isLink && isShown) });
}

function leave(frames) {
  const { open, items } = frames.pop();
  if (!open) return;
  const isDoubtful = items.length > 0 && items.every((item) => item.isDoubtful);
  const children = isDoubtful ? items.map(({ node }) => node) : gather(items);
  const outer = frames.at(-1).items;
  if (open.url) outer.push({ node: linkTo(open.url, children), isDoubtful });
  else if (children.length) outer.push({ node: { tag: open, children }, isDoubtful });
}

function linkTo(url, children) {
  const text = textOf(children);
  if (!text.replace(/[\s\p{Cf}]/gu, "")) children = [{ text: url.href }];
  const host = realHost(text, url);
  if (host) children = [...children, { text: ` (${host})` }];
  return { tag: "a", href: url.href, children };
}

const textOf = (nodes) => nodes.map(({ text, children }) => text ?? (children ? textOf(children) : " ")).join("");

/** Put neighbours that are doubtful into one span. */
function gather(items) {
  const nodes = [];
  let span = null;
  for (const { node, isDoubtful } of items) {
    if (!isDoubtful) span = null;
    else if (!span) nodes.push((span = { tag: "span", class: "doubtful", children: [] }));
    (span ? span.children : nodes).push(node);
  }
  return nodes;
}
