/** What is said to a question: sentences with their markers, and the note. As it streams in it looks as it will stay. */
import { el } from "./dom.js";
import { MarkerParser } from "./markers.js";

const list = (value) => (Array.isArray(value) ? value : []);

export class Reply {
  // Screen readers read it once it is whole.
  element = el("div", { class: "reply", "aria-busy": "true" });
  #isIssued;
  #markerOf;
  #markers;
  #note;
  #offers;
  #words;
  #isQuoting;
  #owedSpace;

  /**
   * @param {(number: number) => boolean} isIssued
   * @param {(number: number) => Node} markerOf Is asked for issued numbers only.
   */
  constructor(isIssued, markerOf) {
    this.#isIssued = isIssued;
    this.#markerOf = markerOf;
    this.clear();
  }

  get isEmpty() {
    return !this.element.hasChildNodes();
  }

  clear() {
    // Focus on a marker that goes would leave the panel.
    if (this.element.querySelector(":focus")) this.element.closest("[tabindex]")?.focus({ preventScroll: true });
    this.#markers = new MarkerParser(this.#isIssued);
    this.#note = this.#offers = this.#words = null;
    this.#isQuoting = false;
    this.#owedSpace = "";
    this.element.replaceChildren();
  }

  /**
   * Show a whole answer in place of what is here.
   *
   * Answers that are older than notes and outcomes have their text only.
   */
  show({ outcome, note, answer, sentences }) {
    this.clear();
    const isPossible = outcome === "possible";
    if (isPossible) this.#addNote(note);
    for (const { text, citations, supported, quoted } of list(sentences)) {
      if (isPossible) this.#beginOffer();
      else this.#beginSentence(quoted === true);
      const pieces = [String(text ?? ""), ...list(citations).filter(this.#isIssued)];
      if (supported === false) this.#addDoubtful(pieces);
      else this.#add(pieces);
    }
    if (!isPossible) this.#addNote(note || (this.isEmpty ? answer : ""));
  }

  /** Add a delta: some of the note, or some of the sentences; one that may answer begins a line below the note. */
  take({ text, note, quoted }) {
    const added = String(text ?? "");
    if (note === true) {
      this.end();
      this.#addNote(added);
    } else if (this.#note && added.startsWith("\n")) {
      this.end();
      this.#beginOffer();
      const pieces = this.#markers.push(added.slice(1));
      // What no document says is the language model's.
      if (pieces.some(Number.isInteger)) this.#add(pieces);
      else if (pieces.length) this.#addDoubtful(pieces);
    } else {
      const begins = quoted === true || added.startsWith("\n");
      if (begins) {
        this.end();
        this.#beginSentence(quoted === true);
      }
      this.#add(this.#markers.push(begins ? added.trimStart() : added));
    }
  }

  /** Add what was held back because it might have been the beginning of a marker. */
  end() {
    this.#add(this.#markers.end());
  }

  #addNote(text) {
    if (!text) return;
    if (!this.#note) {
      this.#note = el("p", { class: "reply-note", dir: "auto" });
      this.element.append(this.#note);
    }
    this.#note.append(this.#note.hasChildNodes() ? text : text.trimStart());
  }

  /** Begin a block of its own, so that nobody reads sentences that may answer as one answer. */
  #beginOffer() {
    if (!this.#offers) {
      this.#offers = el("ul", { class: "offers", role: "list", "aria-label": "What may answer" });
      this.element.append(this.#offers);
    }
    this.#words = el("li", { dir: "auto" });
    this.#offers.append(this.#words);
    this.#owedSpace = "";
  }

  /** Begin a sentence; one that is quoted is a block, and so is what is written below it. */
  #beginSentence(isQuoted) {
    if (isQuoted || this.#isQuoting) {
      this.#words = null;
      this.#isQuoting = isQuoted;
      this.#owedSpace = "";
    } else if (this.#words) {
      this.#owedSpace = " ";
    }
  }

  #append(...nodes) {
    if (!this.#words) {
      this.#words = this.#isQuoting
        ? el("blockquote", { class: "quoted", dir: "auto" })
        : el("p", { class: "answer", dir: "auto" });
      this.element.append(this.#words);
    }
    this.#words.append(this.#owedSpace, ...nodes);
    this.#owedSpace = "";
  }

  /** Add text and markers; a marker hugs the word before it, so the space between them waits until text follows. */
  #add(pieces) {
    for (const piece of pieces) {
      if (typeof piece === "number") {
        this.#owedSpace = "";
        this.#append(this.#markerOf(piece));
        continue;
      }
      const text = piece.trimEnd();
      if (text) this.#append(text);
      this.#owedSpace += piece.slice(text.length);
    }
  }

  #addDoubtful([text, ...numbers]) {
    this.#append(
      el("span", { class: "doubtful", title: "Not confirmed in the documents" }, text),
      ...numbers.map(this.#markerOf),
      " ",
      el("span", { class: "doubt", dir: "ltr" }, "not confirmed in the documents"),
    );
  }
}
