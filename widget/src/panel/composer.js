/** Where a reader types: the input, which grows with its text, and the button that sends or stops. */
import { el, icon } from "../dom.js";

export const MAX_QUESTION_LENGTH = 4000;
const COUNTER_FROM_LENGTH = 3600;
const MAX_INPUT_HEIGHT_PX = 160;

export class Composer {
  #t;
  #isAnswering = false;
  #onAsk;
  #onStop;
  #onDraft;
  #input;
  #counter = el("span", { class: "counter", id: "counter", "aria-live": "polite" });
  #send = el("button", { type: "submit", class: "send", part: "send" });

  /**
   * @param {import("../strings/strings.js").Translate} t
   * @param {{placeholder: string, draft: string, onAsk: (question: string) => void, onStop: () => void,
   *   onDraft: (draft: string) => void}} what `draft` was typed before; `onDraft` takes what is typed now.
   */
  constructor(t, { placeholder, draft, onAsk, onStop, onDraft }) {
    this.#t = t;
    this.#onAsk = onAsk;
    this.#onStop = onStop;
    this.#onDraft = onDraft;
    this.#input = el("textarea", {
      id: "question",
      rows: 1,
      maxlength: MAX_QUESTION_LENGTH,
      dir: "auto",
      enterkeyhint: "send",
      autocomplete: "off",
      placeholder,
      "aria-describedby": "counter",
      oninput: () => {
        this.#onDraft(this.#input.value);
        this.#update();
      },
      onkeydown: (event) => this.#onKey(event),
    });
    this.element = el(
      "form",
      { class: "composer", part: "composer", onsubmit: (event) => this.#onSubmit(event) },
      el("label", { class: "visually-hidden", for: "question" }, t("question")),
      el("div", { class: "field", part: "field" }, this.#input, this.#send),
      this.#counter,
    );
    this.#input.value = draft;
    this.#update();
  }

  focus() {
    this.#input.focus();
  }

  /** Put a question into the input, to be changed and sent. */
  fill(question) {
    this.#input.value = question;
    this.#onDraft(question);
    this.#update();
    this.focus();
  }

  /** Give the input the height of its text, which is known once it is shown. */
  fit() {
    this.#update();
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
      this.#onDraft("");
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
    const action = this.#isAnswering ? "stop" : "send";
    const label = this.#t(action);
    if (this.#send.title !== label) {
      this.#send.title = label;
      this.#send.setAttribute("aria-label", label);
      this.#send.replaceChildren(icon(action));
    }
    this.#send.disabled = !this.#isAnswering && !this.#input.value.trim();
    const length = this.#input.value.length;
    this.#counter.textContent = length >= COUNTER_FROM_LENGTH ? this.#t("length", { n: length, max: MAX_QUESTION_LENGTH }) : "";
    this.#input.style.height = "auto";
    if (this.#input.scrollHeight)
      this.#input.style.height = `${Math.min(this.#input.scrollHeight, MAX_INPUT_HEIGHT_PX)}px`;
  }
}
