/**
 * What a browser remembers for one server. Across visits: which conversations the reader had, and in which they are.
 * Across reloads of one page: what is typed, and what was asked and has no stored answer.
 *
 * Browsers may forbid storage altogether, and sites too; the chat then forgets when the page goes.
 */
const MAX_CONVERSATIONS = 30;
const MAX_UNANSWERED = 10;

/** @typedef {{id: string, title: string}} Remembered A conversation and what the reader calls it. */

export class Memory {
  #visits;
  #page;

  constructor(server, { isKept }) {
    this.#visits = new Stored(isKept && "localStorage", `footnote-conversations ${server}`);
    this.#page = new Stored(isKept && "sessionStorage", `footnote-page ${server}`);
  }

  /** @returns {string|null} The conversation in which the reader is. */
  get current() {
    return text(this.#visits.read().current);
  }

  /** @returns {Remembered[]} The last one first. */
  get conversations() {
    const { conversations } = this.#visits.read();
    const isWhole = (one) => text(one?.id) !== null && text(one?.title) !== null;
    return Array.isArray(conversations) ? conversations.filter(isWhole) : [];
  }

  /** The reader is in a conversation, new or not; null is in none. */
  enter(id, title = "") {
    const known = this.conversations;
    const others = known.filter((one) => one.id !== id);
    const entered = id ? [known.find((one) => one.id === id) ?? { id, title }] : [];
    this.#visits.write({ current: id, conversations: [...entered, ...others].slice(0, MAX_CONVERSATIONS) });
  }

  rename(id, title) {
    const conversations = this.conversations.map((one) => (one.id === id ? { id, title } : one));
    this.#visits.write({ current: this.current, conversations });
  }

  forget(id) {
    const conversations = this.conversations.filter((one) => one.id !== id);
    this.#visits.write({ current: this.current === id ? null : this.current, conversations });
  }

  /** @returns {string} What is typed and not sent. */
  get draft() {
    return text(this.#page.read().draft) ?? "";
  }

  set draft(draft) {
    this.#page.write({ ...this.#page.read(), draft });
  }

  /** @returns {object[]} The passages that were shown in place of an answer. */
  nearest(answerId) {
    const kept = this.#page.read().nearest;
    const found = Array.isArray(kept) ? kept.find((one) => one?.answerId === answerId) : null;
    return Array.isArray(found?.sources) ? found.sources : [];
  }

  keepNearest(answerId, sources) {
    const page = this.#page.read();
    const others = Array.isArray(page.nearest) ? page.nearest : [];
    this.#page.write({ ...page, nearest: [...others, { answerId, sources }].slice(-MAX_UNANSWERED) });
  }

  /**
   * Questions without a stored answer, oldest first.
   *
   * @returns {{question: string, key: string, conversationId: string|null, after: number, isStopped: boolean,
   *   events: object[]}[]} `after` that many answers; with the events of a stopped answer.
   */
  get unanswered() {
    const { unanswered } = this.#page.read();
    return Array.isArray(unanswered) ? unanswered.filter((one) => text(one?.question) && text(one?.key)) : [];
  }

  set unanswered(unanswered) {
    this.#page.write({ ...this.#page.read(), unanswered: unanswered.slice(-MAX_UNANSWERED) });
  }
}

/** One JSON object in a storage of the browser, or just in memory. */
class Stored {
  #storage;
  #key;
  #held = {};

  /** @param {"localStorage"|"sessionStorage"|false} storage */
  constructor(storage, key) {
    this.#storage = storage;
    this.#key = key;
  }

  read() {
    if (!this.#storage) return this.#held;
    try {
      const value = JSON.parse(window[this.#storage].getItem(this.#key));
      return value && typeof value === "object" ? value : {};
    } catch {
      return this.#held;
    }
  }

  /** Fields without a value are left out; nothing at all is stored for an object that says nothing. */
  write(value) {
    const says = Object.entries(value).filter(([, field]) => field && field.length !== 0);
    this.#held = Object.fromEntries(says);
    if (!this.#storage) return;
    try {
      if (says.length) window[this.#storage].setItem(this.#key, JSON.stringify(this.#held));
      else window[this.#storage].removeItem(this.#key);
    } catch {
      // It is held in memory.
    }
  }
}

const text = (value) => (typeof value === "string" && value ? value : null);
