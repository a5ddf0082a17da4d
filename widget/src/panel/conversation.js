/** One conversation with the server: its turns, the answer that is being written, and what to do after a reload. */
import { ask, giveUp } from "../client/asking.js";
import { deleteConversation, fetchAnswers } from "../client/client.js";
import { AskError } from "../client/problems.js";
import { el } from "../dom.js";
import { MAX_QUESTION_LENGTH } from "./composer.js";
import { Follower } from "./follower.js";

/** Of a stopped answer, what shows its words again. */
const SHOWN_AGAIN = ["meta", "citation", "delta"];

export class Conversation {
  /** Says to screen readers that a question is being answered, and then the answer. */
  announcer = el("p", { class: "visually-hidden", role: "status" });
  #surroundings;
  #connection;
  #memory;
  #t;
  #follower;
  #answers = null;
  #id = null;
  #running = null;
  #restoring = null;
  #makeEmptyState = () => null;

  /**
   * @param {object} surroundings What turns need too (see answer/turn.js), and `connection`, `memory`,
   *   `onChange: () => void`, `onLost: (question: string) => void` (it could not be asked at all),
   *   `tell: (name: string, detail: object) => void`.
   */
  constructor(surroundings) {
    this.#surroundings = surroundings;
    this.#connection = surroundings.connection;
    this.#memory = surroundings.memory;
    this.#t = surroundings.t;
    this.element = el("div", {
      class: "log scrolls",
      part: "log",
      role: "log",
      // What is new is said by the announcer.
      "aria-live": "off",
      "aria-label": this.#t("conversation"),
      tabindex: 0,
    });
    this.#follower = new Follower(this.element);
    this.element.addEventListener("scroll", () => this.#answers?.followScroll());
  }

  get isAnswering() {
    return this.#running !== null;
  }

  get id() {
    return this.#id;
  }

  follow() {
    this.#follower.follow();
  }

  hideCard() {
    this.#answers?.hideCard();
  }

  /** @param {() => Node} make What is shown while there is no turn. */
  setEmptyState(make) {
    this.#makeEmptyState = make;
    const shown = this.element.querySelector(".empty");
    if (shown) shown.replaceWith(make());
    else if (!this.element.hasChildNodes()) this.element.append(make());
  }

  async ask(question) {
    question = String(question).trim().slice(0, MAX_QUESTION_LENGTH);
    await this.#restoring;
    if (!question || this.#running) return;
    if (await this.#fetchAnswers()) await this.#run(this.#record(question));
    else this.#surroundings.onLost(question);
  }

  stop() {
    this.#running?.abort();
  }

  /** Leave this conversation and begin another. */
  reset() {
    this.#leave();
    this.#enter(null);
    this.#changed();
  }

  /** Show another conversation of this reader. */
  async open(id) {
    this.#leave();
    this.#enter(id);
    this.#restoring = null;
    await this.restore();
  }

  /** Delete a conversation from the server for good; rejects where that does not work. */
  async delete(id) {
    if (id) await deleteConversation(this.#connection, id);
    this.#memory.forget(id);
    if (id === this.#id) this.reset();
  }

  /** Show, once, the conversation in which the reader was when the page was left, and go on with it. */
  restore() {
    const id = this.#memory.current;
    // What the reader begins meanwhile takes the place of this promise.
    const isWanted = () => this.#restoring === restoring;
    const restoring = Promise.all([id ? fetchAnswers(this.#connection, id) : [], this.#fetchAnswers()])
      .then(([answers, isThere]) => {
        if (!isThere) throw new AskError("unreachable");
        return answers;
      })
      .then(
        (answers) => isWanted() && this.#show(id, answers),
        (error) => isWanted() && this.#failToShow(id, error),
      )
      .catch(console.error);
    this.#restoring = restoring;
    return restoring;
  }

  #leave() {
    this.#running?.abort();
    this.#running = null;
    this.#restoring = Promise.resolve();
    this.#answers?.hideCard();
    this.announcer.textContent = "";
    this.#memory.unanswered = this.#memory.unanswered.filter(({ conversationId }) => conversationId);
    this.element.replaceChildren(this.#makeEmptyState());
  }

  /** Be in a conversation, on the next visit too; null is in none. */
  #enter(id, title) {
    this.#id = id;
    this.#memory.enter(id, title);
  }

  #show(id, answers) {
    this.#id = answers.length ? id : null;
    for (const answer of answers) this.#begin(String(answer.question), this.#memory.nearest(answer.id)).finish(answer);
    const unanswered = this.#memory.unanswered.filter(({ conversationId }) => conversationId === this.#id);
    for (const record of unanswered.filter(({ isStopped }) => isStopped)) this.#showStopped(record);
    this.#changed();
    this.#follower.restart();
    const open = unanswered.find(({ isStopped }) => !isStopped);
    if (open && !this.#running) this.#run(open);
  }

  #showStopped({ question, after, events }) {
    const next = this.element.querySelectorAll(".turn")[after];
    const turn = this.#begin(question);
    next?.before(turn.element);
    for (const event of events) turn.take(event);
    turn.stop();
  }

  #failToShow(id, { status }) {
    // What the server does not know is over; what it cannot say now may be there on the next visit.
    if (status === 404) {
      this.#memory.forget(id);
      return this.#enter(null);
    }
    this.#id = id;
    this.element.append(el("p", { class: "note", role: "alert" }, this.#t("earlierNotShown")));
    this.#changed();
  }

  /** Have what shows answers, once; return whether it is there. */
  async #fetchAnswers() {
    try {
      const { Answers } = await import("../answer/index.js");
      this.#answers ??= new Answers(this.element.closest(".panel"), this.#surroundings);
    } catch (error) {
      console.error("footnote-chat:", error);
    }
    return this.#answers !== null;
  }

  /** Remember a question until its answer is stored. */
  #record(question) {
    const after = this.element.querySelectorAll(".turn").length;
    const record = { question, key: newKey(), conversationId: this.#id, after, isStopped: false, events: [] };
    this.#memory.unanswered = [...this.#memory.unanswered, record];
    return record;
  }

  #forgetRecord({ key }) {
    this.#memory.unanswered = this.#memory.unanswered.filter((one) => one.key !== key);
  }

  /** @param {object[]} [sources] What was found for it, if that is known already. */
  #begin(question, sources = []) {
    const turn = this.#answers.begin(question);
    if (sources.length) turn.take({ name: "sources", data: { sources } });
    this.element.querySelector(".empty")?.remove();
    this.element.append(turn.element);
    return turn;
  }

  /** Have a question answered in a turn of its own; a turn that failed gives its place. */
  async #run(record, replaced = null) {
    replaced?.remove();
    const turn = this.#begin(record.question);
    const running = new AbortController();
    this.#running = running;
    this.#changed();
    this.announcer.textContent = this.#t("searching");
    this.#follower.restart();
    try {
      await this.#stream(turn, record, running.signal);
    } catch (error) {
      if (error.name === "AbortError") this.#stopped(turn, record);
      else this.#fail(turn, record, error);
    }
    if (this.#running !== running) return;
    this.#running = null;
    this.#changed();
    this.#follower.follow();
  }

  /** Read events into the turn until the final one. */
  async #stream(turn, record, signal) {
    const { question, key, conversationId } = record;
    for await (const event of ask(this.#connection, { question, conversationId, key, signal })) {
      signal.throwIfAborted();
      if (event.name === "final") return this.#finish(turn, record, event.data);
      if (event.name === "meta") record.events = [];
      if (SHOWN_AGAIN.includes(event.name)) record.events.push(event);
      turn.take(event);
      this.#follower.follow();
    }
    throw new AskError("unreadable", { code: "unreadable" });
  }

  #finish(turn, record, answer) {
    turn.finish(answer);
    this.#forgetRecord(record);
    if (turn.nearest.length) this.#memory.keepNearest(answer.id, turn.nearest);
    const id = answer.conversation_id ?? this.#id;
    // Questions that were stopped before the conversation had a name belong to it.
    this.#memory.unanswered = this.#memory.unanswered.map((one) => ({ ...one, conversationId: one.conversationId ?? id }));
    this.#enter(id, record.question);
    this.announcer.textContent = turn.words;
    const { answer: text, question, sentences, citations, note, query, ...plain } = answer;
    const quotes = Array.isArray(citations) ? citations.length : 0;
    this.#surroundings.tell("footnote-answer", {
      ...plain,
      n_citations: quotes,
      text: { answer: text, question, sentences, citations, note, query },
    });
  }

  #stopped(turn, record) {
    giveUp(this.#connection, record.key);
    turn.stop();
    if (!this.element.contains(turn.element)) return this.#forgetRecord(record);
    const stopped = { ...record, isStopped: true };
    this.#memory.unanswered = this.#memory.unanswered.map((one) => (one.key === record.key ? stopped : one));
    this.announcer.textContent = this.#t("stopped");
  }

  #fail(turn, record, error) {
    if (!(error instanceof AskError)) console.error(error);
    const known = error instanceof AskError ? error : new AskError("unreadable", { code: "unreadable" });
    // What the server refuses for good is not asked again by itself after a reload.
    if (known.isFinal) this.#forgetRecord(record);
    // A conversation that the server no longer knows must not make every further question fail.
    if (known.status === 404) this.#enter(null);
    const again = { ...record, conversationId: this.#id };
    const words = known.inWords(this.#t);
    turn.fail(words, known.retryAfter, () => this.#running || this.#run(again, turn));
    this.announcer.textContent = words;
    this.#surroundings.tell("footnote-error", { code: known.code, status: known.status });
  }

  #changed() {
    this.#surroundings.onChange();
  }
}

/** Names a question, so that the server answers it once. */
function newKey() {
  // Pages without https have no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
