/** One question and its answer in the conversation: first as it streams in, then as the final answer has it. */
import { el, hiddenText } from "./dom.js";
import { FeedbackBar } from "./feedback.js";
import { footnoteList, footnoteMarker } from "./footnotes.js";
import { resolveUrl } from "./links.js";
import { problemToError } from "./problems.js";
import { Reply } from "./reply.js";

const OUTCOMES = ["answered", "partly", "possible", "declined"];

const list = (value) => (Array.isArray(value) ? value : []);

export class Turn {
  question;
  #server;
  #documentsUrl;
  #opensWordsAlone;
  #popover;
  #clampObserver;
  #giveFeedback;
  #citations = new Map();
  #draft = null;
  #searched = el("p", { class: "note searched", dir: "auto" });
  #status = el("p", { class: "status" });
  #reply = new Reply(
    (number) => this.#citations.has(number),
    (number) => this.#marker(number),
  );
  #below = el("div", { class: "below" });

  /**
   * @param {string} question
   * @param {{giveFeedback: ((answerId: string, feedback: object|null) => Promise<void>)|null,
   *   documentsUrl: string|null, opensWordsAlone: boolean}} surroundings With the server, the popover and the observer
   *   of clamped quotes; null asks for no feedback, and shows no way to the list of documents.
   */
  constructor(question, { server, documentsUrl, opensWordsAlone, popover, clampObserver, giveFeedback }) {
    this.question = question;
    this.#server = server;
    this.#documentsUrl = documentsUrl;
    this.#opensWordsAlone = opensWordsAlone;
    this.#popover = popover;
    this.#clampObserver = clampObserver;
    this.#giveFeedback = giveFeedback;
    this.element = el(
      "article",
      { class: "turn" },
      el("p", { class: "question", dir: "auto" }, hiddenText("You asked: "), question),
      this.#searched,
      this.#status,
      this.#reply.element,
      this.#below,
    );
    this.#showStatus("Searching the documents…");
  }

  /** Show what one event adds, while the answer is being written. */
  take({ name, data }) {
    if (name === "meta") this.#showQuery(data);
    if (name === "sources") this.#showStatus(readingStatus(list(data.sources)));
    if (name === "draft") this.#showDraft(data);
    if (name === "queued") this.#showPosition(data);
    if (name === "citation" || name === "delta") this.#dropDraft();
    if (name === "citation") this.#citations.set(data.citation.number, data.citation);
    if (name === "delta") this.#write(data);
    if (name === "error") throw problemToError(data, data.status);
  }

  /** Show the whole answer, which replaces everything that was streamed. */
  finish(answer) {
    this.#showQuery(answer);
    this.#show(answer);
    const { classList } = this.element;
    for (const outcome of OUTCOMES) classList.toggle(`outcome-${outcome}`, answer.outcome === outcome);
    classList.toggle("abstained", answer.abstained === true);
    const isDeclined = answer.abstained && answer.outcome !== "possible";
    this.#settle(...(isDeclined ? this.#whereToLook() : this.#footnotes(answer)), ...origin(answer), ...this.#feedback(answer));
  }

  /** Keep what is shown so far and say why it ends here. */
  stop() {
    this.#reply.end();
    this.#settle(...this.#footnotes(), ...origin(this.#draft), el("p", { class: "note" }, "Stopped."));
  }

  /**
   * @param {string} message
   * @param {() => void} onRetry
   */
  fail(message, onRetry) {
    this.#reply.end();
    const retry = el("button", { type: "button", class: "button", onclick: onRetry }, "Try again");
    const problem = el("div", { class: "problem" }, el("p", { dir: "auto" }, message), retry);
    this.#settle(...this.#footnotes(), ...origin(this.#draft), problem);
  }

  /** Say what was searched for, where it is not what was asked. */
  #showQuery({ question, query }) {
    const differs = typeof query === "string" && query && query !== question;
    this.#searched.replaceChildren(...(differs ? [`Searched for: ${query}`] : []));
  }

  #show(answer) {
    this.#popover.hide();
    this.#citations = new Map(list(answer.citations).map((citation) => [citation.number, citation]));
    this.#reply.show(answer);
  }

  /** Show what the documents themselves say until the LLM has generated its first sentence. */
  #showDraft(answer) {
    // That nothing was found is not said while the model still looks.
    if (!list(answer.sentences).length) return;
    this.#draft = answer;
    this.#show(answer);
    this.#reply.element.classList.add("draft");
    this.#showStatusBelow(`${statusOfDraft(answer)}; an answer is being written…`);
  }

  /** Say how many questions the language model has before this one. */
  #showPosition({ before }) {
    const text = before > 0 ? `${before} before you…` : "You are next…";
    if (this.#draft) this.#showStatusBelow(`${statusOfDraft(this.#draft)}; ${text}`);
    else this.#showStatus(text);
  }

  #dropDraft() {
    if (!this.#draft) return;
    this.#draft = null;
    this.#popover.hide();
    this.#citations.clear();
    this.#reply.clear();
    this.#reply.element.classList.remove("draft");
  }

  #write(delta) {
    this.#reply.take(delta);
    if (!this.#reply.isEmpty) this.#showStatusBelow("Writing…");
  }

  #showStatus(text) {
    // The same words again would be announced again.
    if (this.#status.textContent !== text) this.#status.replaceChildren(el("span", { dir: "auto" }, text));
  }

  /** Show it below the words, which then stay in their place when it goes. */
  #showStatusBelow(text) {
    this.#status.classList.add("writing");
    this.#showStatus(text);
  }

  #marker(number) {
    const citation = this.#citations.get(number);
    return footnoteMarker(citation, this.#linksOf(citation), this.#popover);
  }

  /** The words of a quote stand in the answer; below it they are not repeated. */
  #footnotes({ sentences } = {}) {
    const citations = [...this.#citations.values()].sort((a, b) => a.number - b.number);
    if (!citations.length) return [];
    const quotes = list(sentences).filter(({ quoted }) => quoted === true);
    const quoted = new Set(quotes.flatMap(({ citations: numbers }) => list(numbers)));
    return [footnoteList(citations, quoted, (citation) => this.#linksOf(citation), this.#clampObserver)];
  }

  /** Ask whether an answer helped, but not a greeting. */
  #feedback({ id, abstained, sentences }) {
    if (!this.#giveFeedback || !id || !(abstained || list(sentences).length)) return [];
    return [new FeedbackBar((feedback) => this.#giveFeedback(id, feedback)).element];
  }

  #whereToLook() {
    if (!this.#documentsUrl) return [el("p", { class: "note" }, "Try other words.")];
    const documents = el(
      "a",
      { href: this.#documentsUrl, target: "_blank", rel: "noopener" },
      "see which documents there are",
    );
    return [el("p", { class: "note" }, "Try other words, or ", documents, ".")];
  }

  /** @returns {import("./footnotes.js").Links} */
  #linksOf({ url, link }) {
    const opens = this.#opensWordsAlone ? "Open the cited words" : "Open in the document";
    return { href: resolveUrl(this.#server, url), opens, original: resolveUrl(this.#server, link) };
  }

  #settle(...below) {
    const { element } = this.#reply;
    this.#status.remove();
    this.#below.replaceChildren(...below);
    if (this.#reply.isEmpty) element.remove();
    element.classList.remove("draft");
    // Only now do screen readers read the answer: once, and as a whole.
    element.setAttribute("aria-busy", "false");
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

function statusOfDraft({ outcome }) {
  return outcome === "possible" ? "These may answer it" : "Quoted from the documents";
}

/** Say that an answer is the documents' own words; of what only may answer that goes without saying. */
function origin(answer) {
  if (!answer || answer.abstained || answer.answered_by !== "extractive") return [];
  const why = answer.degraded ? `; ${answer.degraded}` : "";
  return [el("p", { class: "note" }, `Quoted directly from the documents${why}.`)];
}
