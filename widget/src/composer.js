/** Where a reader types: the input, which grows with its text, and the button that sends or stops. */
import { el, icon } from "./dom.js";

export const MAX_QUESTION_LENGTH = 4000;
const COUNTER_FROM_LENGTH = 3600;
const MAX_INPUT_HEIGHT_PX = 160;

export class Composer {
  #isAnswering = false;
  #onAsk;
  #onStop;
  #input;
  #counter = el("span", { class: "counter", id: "counter", "aria-live": "polite" });
  #send = el("button", { type: "submit", class: "send" });

  /**
   * @param {string} placeholder
   * @param {(question: string) => void} onAsk
   * @param {() => void} onStop
   */
  constructor(placeholder, onAsk, onStop) {
    this.#onAsk = onAsk;
    this.#onStop = onStop;
    this.#input = el("textarea", {
      id: "question",
      rows: 1,
      maxlength: MAX_QUESTION_LENGTH,
      dir: "auto",
      enterkeyhint: "send",
      autocomplete: "off",
      placeholder,
      "aria-describedby": "counter",
      oninput: () => this.#update(),
      onkeydown: (event) => this.#onKey(event),
    });
    this.element = el(
      "form",
      { class: "composer", onsubmit: (event) => this.#onSubmit(event) },
      el("label", { class: "visually-hidden", for: "question" }, "Your question"),
      el("div", { class: "field" }, this.#input, this.#send),
      this.#counter,
    );
  }

  focus() {
    this.#input.focus();
  }

  /** Offer to send a question, or while one is being answered to stop. */
  show({ isAnswering }) {
    this.#isAnswering = isAnswering;
    this.#update();
  }

  #onSubmit(event) {
    event.preventDefault();
    const question = this.#input.value;
    if (this.#isAnswering) {
      this.#onStop();
    } else if (question.trim()) {
      this.#input.value = "";
      this.#onAsk(question);
      this.#update();
    }
    this.focus();
  }

  #onKey(event) {
    // While an input method composes a word, Enter chooses the word; 229 is how Safari says so.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!this.#isAnswering) this.#input.form.requestSubmit();
  }

  #update() {
    const label = this.#isAnswering ? "Stop" : "Send";
    if (this.#send.title !== label) {
      this.#send.title = label;
      this.#send.setAttribute("aria-label", label);
      this.#send.replaceChildren(icon(label.toLowerCase()));
    }
    this.#send.disabled = !this.#isAnswering && !this.#input.value.trim();
    const length = this.#input.value.length;
    this.#counter.textContent = length >= COUNTER_FROM_LENGTH ? `${length} of ${MAX_QUESTION_LENGTH} characters` : "";
    this.#input.style.height = "auto";
    if (this.#input.scrollHeight)
      this.#input.style.height = `${Math.min(this.#input.scrollHeight, MAX_INPUT_HEIGHT_PX)}px`;
  }
}
