/** One question and its answer in the conversation: first as it streams in, then as the final answer has it. */
import { problemToError } from "./client.js";
import { el, hiddenText } from "./dom.js";
import { footnoteList, footnoteMarker } from "./footnotes.js";
import { resolveUrl } from "./links.js";
import { MarkerParser } from "./markers.js";
import { nearestPassages } from "./nearest.js";

const list = (value) => (Array.isArray(value) ? value : []);

export class Turn {
  question;
  #server;
  #popover;
  #clampObserver;
  #citations = new Map();
  #markers = new MarkerParser((number) => this.#citations.has(number));
  #owedSpace = "";
  #status = el("p", { class: "status" });
  #text = el("p", { class: "answer", dir: "auto", "aria-busy": "true" });
  #below = el("div", { class: "below" });

  constructor(question, { server, popover, clampObserver }) {
    this.question = question;
    this.#server = server;
    this.#popover = popover;
    this.#clampObserver = clampObserver;
    this.element = el(
      "article",
      { class: "turn" },
      el("p", { class: "question", dir: "auto" }, hiddenText("You asked: "), question),
      this.#status,
      this.#text,
      this.#below,
    );
    this.#showStatus("Searching the documents…");
  }

  /** Show what one event adds, while the answer is being written. */
  take({ name, data }) {
    if (name === "sources") this.#showStatus(readingStatus(list(data.sources)));
    if (name === "draft") this.#showDraft(data);
    if (name === "citation" || name === "delta") this.#dropDraft();
    if (name === "citation") this.#citations.set(data.citation.number, data.citation);
    if (name === "delta") this.#write(this.#markers.push(String(data.text ?? "")));
    if (name === "error") throw problemToError(data, data.status);
  }

  /** Show the whole answer, which replaces everything that was streamed. */
  finish(answer) {
    this.#citations = new Map(list(answer.citations).map((citation) => [citation.number, citation]));
    this.#text.classList.remove("draft");
    this.#text.replaceChildren(...this.#sentences(answer));
    this.element.classList.toggle("abstained", answer.abstained === true);
    this.#settle(...(answer.abstained ? this.#whereToLook(answer) : this.#footnotes()), ...origin(answer));
  }

  /** Keep what was written so far and say why it ends here. */
  stop() {
    this.#write(this.#markers.end());
    this.#settle(...this.#footnotes(), el("p", { class: "note" }, "Stopped."));
  }

  /**
   * @param {string} message
   * @param {() => void} onRetry
   */
  fail(message, onRetry) {
    this.#write(this.#markers.end());
    const retry = el("button", { type: "button", class: "button", onclick: onRetry }, "Try again");
    this.#settle(...this.#footnotes(), el("div", { class: "problem" }, el("p", { dir: "auto" }, message), retry));
  }

  /** Show what the documents themselves say until the model has written its first sentence. */
  #showDraft(answer) {
    this.#citations = new Map(list(answer.citations).map((citation) => [citation.number, citation]));
    this.#text.classList.add("draft");
    this.#text.replaceChildren(...this.#sentences(answer));
    this.#showStatus("Quoted from the documents; an answer is being written…");
  }

  #dropDraft() {
    if (!this.#text.classList.contains("draft")) return;
    this.#citations.clear();
    this.#text.classList.remove("draft");
    this.#text.replaceChildren();
  }

  #showStatus(text) {
    this.#status.replaceChildren(el("span", { dir: "auto" }, text));
  }

  /** Append text and markers; a marker hugs the word before it, so the space between them waits until text follows. */
  #write(pieces) {
    for (const piece of pieces) {
      if (typeof piece === "number") {
        this.#text.append(this.#marker(piece));
        this.#owedSpace = "";
        continue;
      }
      const text = piece.trimEnd();
      if (text) this.#text.append(this.#owedSpace + text);
      this.#owedSpace = (text ? "" : this.#owedSpace) + piece.slice(text.length);
    }
    if (!this.#text.hasChildNodes() || this.#status.classList.contains("writing")) return;
    this.#status.classList.add("writing");
    this.#showStatus("Writing…");
  }

  #sentences(answer) {
    const sentences = list(answer.sentences);
    if (!sentences.length) return [String(answer.answer ?? "")];
    return sentences.flatMap((sentence, i) => {
      const numbers = list(sentence.citations).filter((number) => this.#citations.has(number));
      const isDoubtful = sentence.supported === false && !answer.abstained;
      const space = i + 1 < sentences.length ? " " : "";
      if (!isDoubtful) return [sentence.text, ...numbers.map((number) => this.#marker(number)), space];
      return [
        el("span", { class: "doubtful", title: "Not confirmed in the documents" }, sentence.text),
        ...numbers.map((number) => this.#marker(number)),
        " ",
        el("span", { class: "doubt", dir: "ltr" }, "not confirmed in the documents"),
        space,
      ];
    });
  }

  #marker(number) {
    const citation = this.#citations.get(number);
    return footnoteMarker(citation, this.#linksOf(citation), this.#popover);
  }

  #footnotes() {
    const citations = [...this.#citations.values()].sort((a, b) => a.number - b.number);
    if (!citations.length) return [];
    return [footnoteList(citations, (citation) => this.#linksOf(citation), this.#clampObserver)];
  }

  #whereToLook(answer) {
    const documents = el(
      "a",
      { href: `${this.#server}/documents`, target: "_blank", rel: "noopener" },
      "see which documents there are",
    );
    return [
      ...nearestPassages(list(answer.nearest), (source) => this.#linksOf(source)),
      el("p", { class: "note" }, "Try other words, or ", documents, "."),
    ];
  }

  /** @returns {import("./footnotes.js").Links} */
  #linksOf({ url, link }) {
    return { href: resolveUrl(this.#server, url), original: resolveUrl(this.#server, link) };
  }

  #settle(...below) {
    this.#status.remove();
    this.#below.replaceChildren(...below);
    if (!this.#text.hasChildNodes()) this.#text.remove();
    // Only now do screen readers read the answer: once, and as a whole.
    this.#text.setAttribute("aria-busy", "false");
  }
}

/** Say in one line what is being read: "Reading 3 passages from Annual report…" */
function readingStatus(sources) {
  const titles = [...new Set(sources.map(({ title, uri }) => title || uri))];
  if (!titles.length) return "Reading the documents…";
  const passages = `${sources.length} ${sources.length === 1 ? "passage" : "passages"}`;
  const others = titles.length - 1;
  const documents = others ? ` and ${others} more ${others === 1 ? "document" : "documents"}` : "";
  return `Reading ${passages} from ${titles[0]}${documents}…`;
}

function origin(answer) {
  if (answer.abstained || answer.answered_by !== "extractive") return [];
  const why = answer.degraded ? "; the language model was not available" : "";
  return [el("p", { class: "note" }, `Quoted directly from the documents${why}.`)];
}
