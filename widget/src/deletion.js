/** Asks before a conversation is deleted for good, and says where that did not work. */
import { el } from "./dom.js";

const QUESTION = "Delete this conversation for good?";

export class DeletionPrompt {
  #words = el("p", { id: "deletion", dir: "auto" });
  #keep = el("button", { type: "button", class: "button", onclick: () => this.#leave() }, "Keep");
  #onLeave;

  /**
   * @param {() => Promise<void>} onDelete Rejects with an error in words for the reader.
   * @param {() => void} onLeave The reader keeps the conversation.
   */
  constructor(onDelete, onLeave) {
    this.#onLeave = onLeave;
    this.element = el(
      "div",
      {
        class: "deletion",
        role: "alertdialog",
        "aria-labelledby": "deletion",
        hidden: true,
        onkeydown: (event) => this.#onKey(event),
      },
      this.#words,
      el("button", { type: "button", class: "button danger", onclick: () => this.#delete(onDelete) }, "Delete"),
      this.#keep,
    );
  }

  open() {
    this.#words.textContent = QUESTION;
    this.element.hidden = false;
    this.#keep.focus();
  }

  close() {
    this.element.hidden = true;
  }

  async #delete(onDelete) {
    try {
      await onDelete();
      this.close();
    } catch (error) {
      this.#words.textContent = `It was not deleted: ${error.message}`;
    }
  }

  #leave() {
    this.close();
    this.#onLeave();
  }

  #onKey(event) {
    if (event.key !== "Escape") return;
    // The next Escape closes the panel.
    event.stopPropagation();
    this.#leave();
  }
}
