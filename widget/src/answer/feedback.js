/** Asks below an answer whether it helped and, where it did not, why and what is right. */
import { el, icon } from "../dom.js";

const MAX_REASON_LENGTH = 2000;
const MAX_CORRECTED_LENGTH = 4000;

export class FeedbackBar {
  #t;
  #send;
  #given = null;
  #sending = Promise.resolve();
  #said = el("span", { class: "note", role: "status" });
  #up;
  #down;
  #reason = el("textarea", { rows: 2, maxlength: MAX_REASON_LENGTH });
  #corrected = el("textarea", { rows: 2, maxlength: MAX_CORRECTED_LENGTH });

  /**
   * @param {import("../strings/strings.js").Translate} t
   * @param {(feedback: {thumbs: string}|null) => Promise<void>} send Null takes it back; rejects with an AskError.
   */
  constructor(t, send) {
    this.#t = t;
    this.#send = send;
    this.#up = thumb("up", t("helped"), () => this.#press("up"));
    this.#down = thumb("down", t("didNotHelp"), () => this.#press("down"));
    this.form = el(
      "form",
      {
        class: "feedback",
        part: "feedback",
        "aria-label": t("didItHelp"),
        hidden: true,
        onsubmit: (event) => this.#submit(event),
        onkeydown: (event) => this.#onKey(event),
      },
      el("label", {}, t("whatIsWrong"), this.#reason),
      el("label", {}, t("whatIsRight"), this.#corrected),
      el("button", { class: "button" }, t("sendFeedback")),
    );
  }

  /** The thumbs, and what is said to them. */
  get buttons() {
    return [this.#up, this.#down, this.#said];
  }

  /** Give a thumb, or take back the one that is pressed already. */
  async #press(thumbs) {
    const given = this.#given === thumbs ? null : thumbs;
    this.form.hidden = given !== "down";
    if (!this.form.hidden) this.#reason.focus();
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
      this.#said.textContent = given ? this.#t("thankYou") : "";
      return true;
    } catch (error) {
      if (this.#given === given) this.#show(before);
      this.#said.textContent = this.#t("notStored", { reason: error.inWords(this.#t) });
      return false;
    }
  }

  #show(given) {
    this.#given = given;
    this.#up.setAttribute("aria-pressed", given === "up");
    this.#down.setAttribute("aria-pressed", given === "down");
  }

  #close() {
    this.form.hidden = true;
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
