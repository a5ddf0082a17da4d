/** Keeps the newest words of a conversation in view, unless the reader has scrolled up to read. */

const NEAR_BOTTOM_PX = 48;
const TURN_MARGIN_PX = 16;

export class Follower {
  #log;
  #isFollowing = true;
  #lastScrollTop = 0;

  /** @param {HTMLElement} log Scrolls; its last element is the newest turn. */
  constructor(log) {
    this.#log = log;
    log.addEventListener("scroll", () => this.#noteScroll());
  }

  /** Follow again, wherever the reader is. */
  restart() {
    this.#isFollowing = true;
    this.follow();
  }

  /** Show the newest words, but never push the turn's own question out of view. */
  follow() {
    const turn = this.#log.lastElementChild;
    if (!this.#isFollowing || !turn) return;
    const bottom = this.#log.scrollHeight - this.#log.clientHeight;
    const questionTop = turn.offsetTop - TURN_MARGIN_PX;
    this.#log.scrollTop = Math.max(0, Math.min(bottom, questionTop));
    this.#lastScrollTop = this.#log.scrollTop;
  }

  #noteScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    if (scrollTop < this.#lastScrollTop - 1) this.#isFollowing = false;
    if (scrollHeight - clientHeight - scrollTop < NEAR_BOTTOM_PX) this.#isFollowing = true;
    this.#lastScrollTop = scrollTop;
  }
}
