/** One question and its answer in the conversation: first as it streams in, then as the final answer has it. */
import { problemToError } from "../client/problems.js";
import { el, externalLink, hiddenText } from "../dom.js";
import { resolveUrl } from "../links.js";
import { answerActions } from "./actions.js";
import { copyButton } from "./copying.js";
import { footnoteList, footnoteMarker } from "./footnotes.js";
import { nearestPassages } from "./passages.js";
import { Problem } from "./problem.js";
import { Reply } from "./reply.js";
import { Status } from "./status.js";

const MAX_NEAREST = 3;
const OUTCOMES = ["answered", "partly", "possible", "declined"];

const list = (value) => (Array.isArray(value) ? value : []);
const plain = (text) => String(text ?? "").replace(/\s+/g, " ").trim();

export class Turn {
  question;
  #surroundings;
  #t;
  #citations = new Map();
  #said = "";
  #sources = [];
  #draft = null;
  #problem = null;
  #searched = el("p", { class: "note searched", dir: "auto" });
  #status;
  #reply;
  #below = el("div", { class: "below" });

  /**
   * @param {string} question
   * @param {object} surroundings `t`, `language`, `connection`, `card`, `documentsUrl: string|null`,
   *   `opensWordsAlone`, `takesFeedback`, `onAskAgain: (question: string) => void`,
   *   `leave: () => void`, which brings the page behind the panel into view.
   */
  constructor(question, surroundings) {
    const { t } = surroundings;
    this.question = question;
    this.#surroundings = surroundings;
    this.#t = t;
    this.#status = new Status(t, surroundings.language);
    this.#reply = new Reply(t, (number) => this.#citations.has(number), {
      footnote: (number) => this.#marker(number),
      link: (href, children) => externalLink(href, {}, ...children, hiddenText(t("newTab"))),
      copyButton: (text) => copyButton(t, text),
    });
    this.element = el(
      "article",
      { class: "turn", part: "turn" },
      el("p", { class: "question", part: "question", dir: "auto" }, hiddenText(t("youAsked")), question),
      this.#searched,
      this.#reply.element,
      this.#status.element,
      this.#below,
    );
    this.#status.show(t("searching"));
  }

  /** The answer's words, without footnotes. */
  get words() {
    return this.#reply.words;
  }

  /** The passages shown because nothing answers, best first. */
  get nearest() {
    return this.element.classList.contains("outcome-declined") ? this.#sources : [];
  }

  /** Show what one event adds, while the answer is being written. */
  take({ name, data }) {
    if (name === "reconnecting") return this.#status.show(this.#t("reconnecting"));
    if (name === "meta") this.#restart(data);
    if (name === "sources") this.#noteSources(list(data.sources));
    if (name === "draft") this.#showDraft(data);
    if (name === "queued") this.#status.show(this.#position(data));
    if (name === "citation" || name === "delta") this.#dropDraft();
    if (name === "citation" && Number.isInteger(data.citation?.number)) {
      this.#citations.set(data.citation.number, data.citation);
    }
    if (name === "delta") this.#write(data);
    if (name === "error") throw problemToError(data, data.status);
  }

  /** Show the whole answer; of what was streamed, only what differs is changed. */
  finish(answer) {
    this.#showQuery(answer);
    this.#dropDraft();
    this.#show(answer);
    const { classList } = this.element;
    for (const outcome of OUTCOMES) classList.toggle(`outcome-${outcome}`, answer.outcome === outcome);
    classList.toggle("abstained", answer.abstained === true);
    const isDeclined = answer.abstained && answer.outcome !== "possible";
    this.#settle(
      ...(isDeclined ? [...this.#nearest(), this.#whereToLook()] : this.#footnotes()),
      ...this.#origin(answer),
      ...answerActions(this.#surroundings, this, answer, [...this.#citations.values()]),
    );
  }

  /** Keep what is shown so far and say why it ends here. */
  stop() {
    this.#settle(...this.#footnotes(), ...this.#origin(this.#draft), el("p", { class: "note" }, this.#t("stopped")));
  }

  /**
   * @param {string} words
   * @param {number} retryAfter Seconds before another try makes sense.
   * @param {() => void} onRetry
   */
  fail(words, retryAfter, onRetry) {
    this.#problem = new Problem(this.#surroundings, words, retryAfter, onRetry);
    this.#settle(...this.#footnotes(), ...this.#origin(this.#draft), this.#problem.element);
  }

  remove() {
    this.#problem?.end();
    this.#status.end();
    this.element.remove();
  }

  /** The answer begins, or begins again after a cut. */
  #restart(data) {
    this.#dropDraft();
    this.#reply.restart();
    this.#showQuery(data);
  }

  /** Say what was searched for, where it is not what was asked. */
  #showQuery({ question, query }) {
    const differs = typeof query === "string" && query && query !== question;
    this.#searched.replaceChildren(...(differs ? [this.#t("searchedFor", { query })] : []));
  }

  #show(answer) {
    this.#citations = new Map(
      list(answer.citations)
        .filter((citation) => Number.isInteger(citation?.number))
        .map((citation) => [citation.number, citation]),
    );
    this.#said = plain(
      list(answer.sentences)
        .filter(({ quoted }) => quoted === true || answer.outcome === "possible")
        .map(({ text }) => text)
        .join(" "),
    );
    this.#reply.show(answer);
  }

  /** Show what the documents themselves say until the LLM has generated its first sentence. */
  #showDraft(answer) {
    // That nothing was found is not said while the model still looks.
    if (!list(answer.sentences).length) return;
    this.#draft = answer;
    this.#show(answer);
    this.#reply.element.classList.add("draft");
    this.#status.show(this.#t(answer.outcome === "possible" ? "possibleBeforeWriting" : "quotedBeforeWriting"));
  }

  /** Say how many questions the language model has before this one. */
  #position({ before }) {
    return before > 0 ? this.#t("before", { n: before }) : this.#t("next");
  }

  #dropDraft() {
    if (!this.#draft) return;
    this.#draft = null;
    this.#surroundings.card.hide();
    this.#citations.clear();
    this.#reply.restart();
    this.#reply.element.classList.remove("draft");
  }

  #write(delta) {
    this.#reply.take(delta);
    if (!this.#reply.isEmpty) this.#status.show(this.#t("writing"));
  }

  #noteSources(sources) {
    this.#sources = sources.filter(({ text }) => typeof text === "string" && text.trim()).slice(0, MAX_NEAREST);
    this.#status.show(this.#readingStatus(sources));
  }

  /** What the documents say nearest to a question that they do not answer. */
  #nearest() {
    if (!this.#sources.length) return [];
    return [nearestPassages(this.#t, this.#sources, (source) => this.#sourceOf({ ...source, quote: source.text }))];
  }

  /** Say in one line what is being read: "Reading 3 passages from Annual report…" */
  #readingStatus(sources) {
    const titles = [...new Set(sources.map(({ title, uri }) => title || uri))];
    if (!titles.length) return this.#t("reading");
    const key = titles.length > 1 ? "readingMore" : "readingPassages";
    return this.#t(key, { n: sources.length, title: titles[0] });
  }

  #marker(number) {
    const citation = this.#citations.get(number);
    return footnoteMarker(this.#t, citation, this.#sourceOf(citation), this.#surroundings.card);
  }

  #footnotes() {
    const citations = [...this.#citations.values()].sort((a, b) => a.number - b.number);
    if (!citations.length) return [];
    return [footnoteList(this.#t, citations, (citation) => this.#sourceOf(citation))];
  }

  #whereToLook() {
    const { documentsUrl } = this.#surroundings;
    if (!documentsUrl) return el("p", { class: "note" }, this.#t("tryOtherWords"));
    const documents = el("a", { href: documentsUrl, target: "_blank", rel: "noopener" }, this.#t("seeWhichDocuments"));
    return el("p", { class: "note" }, `${this.#t("tryOtherWordsOr")} `, documents, ".");
  }

  /** Say that an answer is the documents' own words; of what only may answer that goes without saying. */
  #origin(answer) {
    if (!answer || answer.abstained || answer.answered_by !== "extractive") return [];
    const words = answer.degraded ? this.#t("quotedBecause", { reason: answer.degraded }) : this.#t("quotedDirectly");
    return [el("p", { class: "note" }, words)];
  }

  /** @returns {import("./footnotes.js").Source} */
  #sourceOf({ url, link, quote }) {
    const { connection, opensWordsAlone, leave } = this.#surroundings;
    const isSaid = () => this.#said.includes(plain(quote));
    return {
      href: resolveUrl(connection.address, url),
      opens: this.#t(opensWordsAlone ? "openWords" : "openDocument"),
      original: resolveUrl(connection.address, link),
      // A marker is made before the answer is whole.
      get isSaid() {
        return isSaid();
      },
      leave,
    };
  }

  #settle(...below) {
    const { element } = this.#reply;
    this.#reply.end();
    element.classList.remove("draft");
    this.#status.end();
    this.#below.replaceChildren(...below);
    if (this.#reply.isEmpty) element.remove();
    else element.removeAttribute("aria-busy");
  }
}
