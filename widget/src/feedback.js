/** Asks below an answer whether it helped and, where it did not, why and what is right. */
import { el, icon } from "./dom.js";

const MAX_REASON_LENGTH = 2000;
const MAX_CORRECTED_LENGTH = 4000;

export class FeedbackBar {
  #send;
  #given = null;
  #sending = Promise.resolve();
  #said = el("span", { class: "note", role: "status" });
  #up = thumb("up", "This helped", () => this.#press("up"));
  #down = thumb("down", "This did not help", () => this.#press("down"));
  #reason = el("textarea", { rows: 2, maxlength: MAX_REASON_LENGTH });
  #corrected = el("textarea", { rows: 2, maxlength: MAX_CORRECTED_LENGTH });
  #form = el(
    "form",
    {
      hidden: true,
      onsubmit: (event) => this.#submit(event),
      onkeydown: (event) => this.#onKey(event),
    },
    el("label", {}, "What is wrong?", this.#reason),
    el("label", {}, "What is the right answer?", this.#corrected),
    el("button", { class: "button" }, "Send"),
  );

  /**
   * @param {(feedback: {thumbs: string}|null) => Promise<void>} send Null takes it back; rejects with an error in words
   *   for the reader.
   */
  constructor(send) {
    this.#send = send;
    this.element = el(
      "div",
      // What comes with an answer is not announced again.
      { class: "feedback", role: "group", "aria-label": "Did this answer help?", "aria-live": "off" },
      this.#up,
      this.#down,
      this.#said,
      this.#form,
    );
  }

  /** Give a thumb, or take back the one that is pressed already. */
  async #press(thumbs) {
    const given = this.#given === thumbs ? null : thumbs;
    this.#form.hidden = given !== "down";
    if (!this.#form.hidden) this.#reason.focus();
    await this.#tell(given, given && { thumbs });
  }

  async #submit(event) {
    event.preventDefault();
    const words = { reason: this.#reason.value, corrected_answer: this.#corrected.value };
    if (await this.#tell("down", { thumbs: "down", ...words })) this.#close();
  }

  /** Send feedback, and return whether it is stored. */
  async #tell(given, feedback) {
    const before = this.#given;
    this.#show(given);
    this.#said.textContent = "";
    try {
      // One after the other, so that the last one is the one that stays.
      this.#sending = this.#sending.catch(() => {}).then(() => this.#send(feedback));
      await this.#sending;
      this.#said.textContent = given ? "Thank you." : "";
      return true;
    } catch (error) {
      if (this.#given === given) this.#show(before);
      this.#said.textContent = `It was not stored: ${error.message}`;
      return false;
    }
  }

  #show(given) {
    this.#given = given;
    this.#up.setAttribute("aria-pressed", given === "up");
    this.#down.setAttribute("aria-pressed", given === "down");
  }

  #close() {
    this.#form.hidden = true;
    this.#down.focus();
  }

  #onKey(event) {
    if (event.key !== "Escape") return;
    // The next Escape closes the panel.
    event.stopPropagation();
    this.#close();
  }
}

function thumb(which, label, onclick) {
  const properties = { "aria-label": label, title: label, "aria-pressed": "false", onclick };
  return el("button", { type: "button", class: `icon-button thumb-${which}`, ...properties }, icon("thumb"));
}
