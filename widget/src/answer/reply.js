/**
 * What is said to a question, top to bottom: the generated words, which are Markdown; quotes; what may answer; the note.
 *
 * As it streams in it looks as it will stay. The final answer changes what differs and leaves the rest alone.
 */
import { el } from "../dom.js";
import { MarkdownText, patch } from "../markdown/index.js";
import { MarkerParser } from "./markers.js";

const list = (value) => (Array.isArray(value) ? value : []);
const TABLE_ROW = /^(\s*\|.*\S.*)(\|\s*)$/s;

/** Some words of one kind. Those of an LLM are Markdown; a document's are as they are, whatever they look like. */
class Part {
  #owedSpace = "";
  #markdown;
  #nodes = [];

  /** @param {"answer"|"quoted"|"offer"|"reply-note"} kind */
  constructor(kind) {
    this.kind = kind;
    this.#markdown = kind === "answer" ? new MarkdownText() : null;
  }

  get nodes() {
    return this.#markdown ? this.#markdown.blocks : this.#nodes;
  }

  /** Add text and marker numbers; a marker hugs the word before it, so a space between them waits for more text. */
  add(pieces) {
    for (const piece of pieces) {
      if (typeof piece === "number") {
        this.#addMarker(piece);
        continue;
      }
      const text = piece.trimEnd();
      if (text) this.#addText((/^\s/.test(text) ? "" : this.#owedSpace) + text);
      this.#owedSpace = piece.slice(text.length) || (text ? "" : this.#owedSpace);
    }
    return this;
  }

  /** Add a sentence that is not confirmed. */
  addDoubtful(text) {
    if (this.#markdown) {
      this.add([/^\s*/.exec(text)[0]]);
      this.#addText(this.#owedSpace);
      this.#markdown.doubt(true);
      this.#markdown.push(text.trim());
      this.#markdown.doubt(false);
      this.#owedSpace = "";
    } else {
      this.#addNodes({ tag: "span", class: "doubtful", children: [{ text: text.trim() }] }, { doubt: true });
    }
    return this;
  }

  end() {
    this.#markdown?.end();
  }

  #addText(text) {
    if (this.#markdown) return this.#markdown.push(text);
    const last = this.#nodes.at(-1);
    if (last?.text === undefined) this.#addNodes({ text: this.#nodes.length ? text : text.trimStart() });
    else this.#nodes = [...this.#nodes.slice(0, -1), { text: last.text + text }];
  }

  /** In a new list: what is shown already is compared with it. */
  #addNodes(...nodes) {
    this.#nodes = [...this.#nodes, ...nodes];
  }

  #addMarker(number) {
    if (this.#markdown) this.#markdown.mark(number);
    else this.#addNodes({ footnote: number });
  }
}

export class Reply {
  // Screen readers read it once it is whole.
  element = el("div", { class: "reply", part: "reply", "aria-busy": "true" });
  #t;
  #make;
  #isIssued;
  #markers;
  #parts = [];
  #shown = [];

  /**
   * @param {import("../strings/strings.js").Translate} t
   * @param {(number: number) => boolean} isIssued
   * @param {object} make What `patch` needs: how footnotes, links and buttons are made.
   */
  constructor(t, isIssued, make) {
    this.#t = t;
    this.#isIssued = isIssued;
    this.#make = { ...make, doubt: () => el("span", { class: "doubt" }, t("notConfirmed")) };
    this.#markers = new MarkerParser(isIssued);
  }

  get isEmpty() {
    return !this.element.hasChildNodes();
  }

  /** The words without footnotes. */
  get words() {
    const copy = this.element.cloneNode(true);
    for (const marker of copy.querySelectorAll("sup, button, summary")) marker.remove();
    return copy.textContent.trim();
  }

  /**
   * Show a whole answer in place of what is here.
   *
   * Answers that are older than notes and outcomes have their text only.
   */
  show({ outcome, note, answer, sentences }) {
    this.#markers = new MarkerParser(this.#isIssued);
    this.#parts = [];
    const isPossible = outcome === "possible";
    if (isPossible) this.#addNote(note);
    for (const sentence of list(sentences)) this.#addSentence(sentence, isPossible);
    if (!isPossible) this.#addNote(note || (this.#parts.length ? "" : answer));
    this.#end();
    this.#draw();
    if (isPossible) this.#fold();
  }

  /** Begin again: what the server sends next takes the place of what is shown, from the top. */
  restart() {
    this.#markers = new MarkerParser(this.#isIssued);
    this.#parts = [];
  }

  /** Add a delta: some of the note, or some of the sentences; one that may answer begins a line below the note. */
  take({ text, note, quoted }) {
    const added = String(text ?? "");
    if (note === true) this.#addNote(added);
    else if (this.#parts[0]?.kind === "reply-note" && added.startsWith("\n")) this.#takeOffer(added);
    else if (quoted === true) this.#begin("quoted").add(this.#markers.push(added.trimStart()));
    else this.#answer().add(this.#markers.push(added));
    this.#draw();
  }

  /** Add what was held back because it might have been the beginning of a marker or of Markdown. */
  end() {
    this.#end();
    this.#draw();
  }

  #end() {
    const held = this.#markers.end();
    if (this.#parts.length) this.#parts.at(-1).add(held);
    for (const part of this.#parts) part.end();
  }

  #addSentence({ before, text, citations, supported, quoted }, isPossible) {
    const part = isPossible ? this.#begin("offer") : quoted === true ? this.#begin("quoted") : this.#answer();
    const words = String(text ?? "");
    const numbers = list(citations).filter(this.#isIssued);
    if (supported === false) part.addDoubtful((before ?? " ") + words).add(numbers);
    else if (part.kind === "answer") part.add(withMarkers((before ?? " ") + words, numbers));
    else part.add([words, ...numbers]);
  }

  /** The generated words above; quotes between two of them part them. */
  #answer() {
    return this.#parts.at(-1)?.kind === "answer" ? this.#parts.at(-1) : this.#begin("answer");
  }

  #takeOffer(added) {
    const part = this.#begin("offer");
    const pieces = this.#markers.push(added.slice(1));
    // What no document says is the language model's.
    if (pieces.some(Number.isInteger)) part.add(pieces);
    else part.addDoubtful(pieces.join(""));
  }

  #addNote(text) {
    if (!text) return;
    const last = this.#parts.at(-1);
    (last?.kind === "reply-note" ? last : this.#begin("reply-note")).add([String(text)]);
  }

  #begin(kind) {
    const held = this.#markers.end();
    if (this.#parts.length) this.#parts.at(-1).add(held);
    const part = new Part(kind);
    this.#parts.push(part);
    return part;
  }

  /** Elements of the kind that is wanted in their place stay, and in them what stays the same. */
  #draw() {
    const kinds = this.#parts.map(({ kind }) => kind);
    const nSame = this.#shown.findIndex(({ kind }, i) => kind !== kinds[i]);
    for (const { element } of this.#shown.splice(nSame < 0 ? kinds.length : nSame)) remove(element);
    this.#parts.forEach(({ kind, nodes }, i) => {
      this.#shown[i] ??= { kind, element: this.#place(kind) };
      patch(this.#shown[i].element, nodes, this.#make);
    });
  }

  /** Show what may answer up to the first passage; the others open on demand. */
  #fold() {
    const offers = this.#shown.filter(({ kind }) => kind === "offer").map(({ element }) => element);
    const others = offers.slice(offers.findIndex((offer) => offer.querySelector("sup")) + 1);
    if (!others.length || others.length === offers.length) return;
    this.element.append(
      el(
        "details",
        { class: "others" },
        el("summary", {}, this.#t("otherPassages", { n: others.length })),
        el("ul", { class: "offers", role: "list" }, ...others),
      ),
    );
  }

  /** Return a new element for a part, at the end of what is shown. */
  #place(kind) {
    if (kind !== "offer") {
      const tag = { answer: "div", quoted: "blockquote", "reply-note": "p" }[kind];
      const element = el(tag, { class: kind, part: kind, dir: kind === "answer" ? null : "auto" });
      this.element.append(element);
      return element;
    }
    const last = this.element.lastElementChild;
    const offers = last?.matches(".offers")
      ? last
      : el("ul", { class: "offers", part: "offers", role: "list", "aria-label": this.#t("mayAnswer") });
    const element = el("li", { dir: "auto" });
    offers.append(element);
    this.element.append(offers);
    return element;
  }
}

/** Take an element away; its list with the last one. */
function remove(element) {
  const offers = element.closest(".offers");
  element.remove();
  if (offers && !offers.hasChildNodes()) (offers.closest(".others") ?? offers).remove();
}

/** Put markers behind a sentence; those of a table's row stand in its last cell. */
function withMarkers(text, numbers) {
  const row = TABLE_ROW.exec(text);
  return row ? [row[1], ...numbers, row[2]] : [text, ...numbers];
}
