/**
 * Finds citation markers such as [1] in text that arrives in pieces.
 *
 * A marker that is cut in two is held back until it is whole. Only numbers that `isIssued` knows become markers;
 * anything else in brackets is plain text, for documents hold brackets too.
 */
const MARKER = /\[(\d{1,4})\]/g;
const UNFINISHED_MARKER = /\[\d{0,4}$/;

export class MarkerParser {
  #isIssued;
  #held = "";

  /** @param {(number: number) => boolean} isIssued */
  constructor(isIssued) {
    this.#isIssued = isIssued;
  }

  /**
   * @param {string} text
   * @returns {(string|number)[]} Text and marker numbers, in order.
   */
  push(text) {
    text = this.#held + text;
    const cut = text.search(UNFINISHED_MARKER);
    this.#held = cut < 0 ? "" : text.slice(cut);
    return this.#split(cut < 0 ? text : text.slice(0, cut));
  }

  /** @returns {(string|number)[]} What was held back and turned out to be text. */
  end() {
    const held = this.#held;
    this.#held = "";
    return held ? [held] : [];
  }

  #split(text) {
    const pieces = [];
    let from = 0;
    for (const match of text.matchAll(MARKER)) {
      const number = Number(match[1]);
      if (!this.#isIssued(number)) continue;
      if (match.index > from) pieces.push(text.slice(from, match.index));
      pieces.push(number);
      from = match.index + match[0].length;
    }
    if (from < text.length) pieces.push(text.slice(from));
    return pieces;
  }
}
