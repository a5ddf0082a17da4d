/** The line that says what is being done for an answer and, once that takes long, for how many seconds. */
import { el } from "../dom.js";

const ELAPSED_FROM_MS = 5000;

export class Status {
  #words = el("span", { dir: "auto" });
  #elapsed = el("span", { class: "elapsed", "aria-hidden": "true" });
  #format;
  #began = performance.now();
  #timer;

  constructor(t, language) {
    this.element = el("p", { class: "status", part: "status" }, this.#words, this.#elapsed);
    this.#format = new Intl.NumberFormat(language, { style: "unit", unit: "second", unitDisplay: "narrow" });
    this.#timer = setInterval(() => this.#tick(), 1000);
  }

  show(words) {
    this.#words.textContent = words;
  }

  end() {
    clearInterval(this.#timer);
    this.element.remove();
  }

  #tick() {
    const ms = performance.now() - this.#began;
    if (ms >= ELAPSED_FROM_MS) this.#elapsed.textContent = this.#format.format(Math.floor(ms / 1000));
  }
}
