/** Says why an answer did not come, and offers another try as soon as that makes sense. */
import { el } from "../dom.js";

const UNITS = [
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

export class Problem {
  #t;
  #language;
  #until;
  #timer = null;
  #retry;

  /**
   * @param {{t: import("../strings/strings.js").Translate, language: string}} surroundings
   * @param {string} words
   * @param {number} retryAfter Seconds; 0 if another try may come at once.
   * @param {() => void} onRetry
   */
  constructor({ t, language }, words, retryAfter, onRetry) {
    this.#t = t;
    this.#language = language;
    this.#until = Date.now() + 1000 * retryAfter;
    this.#retry = el("button", { type: "button", class: "button", onclick: onRetry }, t("tryAgain"));
    this.element = el("div", { class: "problem", part: "problem" }, el("p", { dir: "auto" }, words), this.#retry);
    if (retryAfter > 0) this.#timer = setInterval(() => this.#count(), 1000);
    this.#count();
  }

  end() {
    clearInterval(this.#timer);
  }

  #count() {
    const seconds = Math.max(0, Math.ceil((this.#until - Date.now()) / 1000));
    this.#retry.disabled = seconds > 0;
    const time = duration(seconds, this.#language);
    this.#retry.textContent = seconds > 0 ? this.#t("tryAgainIn", { time }) : this.#t("tryAgain");
    if (!seconds) this.end();
  }
}

/** Round up to the largest unit of which there are two: "90 seconds", "3 minutes". */
function duration(seconds, language) {
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? UNITS.at(-1);
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(Math.ceil(seconds / size));
}
