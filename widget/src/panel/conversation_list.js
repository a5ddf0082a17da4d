/** The conversations that this browser remembers: to go back to one, rename it, or delete it for good. */
import { adopt, el, iconButton } from "../dom.js";
import styles from "./conversation_list.css";

const MAX_TITLE_LENGTH = 80;

export class ConversationList {
  #t;
  #memory;
  #conversation;
  #button;
  #onLeave;
  #element;
  #items = el("ul", { class: "conversations scrolls", role: "list" });

  /**
   * @param {HTMLElement} panel
   * @param {HTMLElement} button Opens and closes the list.
   * @param {{t: import("../strings/strings.js").Translate, memory: import("./memory.js").Memory,
   *   conversation: import("./conversation.js").Conversation, onLeave: () => void}} surroundings `onLeave`: the reader
   *   is back in a conversation.
   */
  constructor(panel, button, { t, memory, conversation, onLeave }) {
    this.#button = button;
    this.#t = t;
    this.#memory = memory;
    this.#conversation = conversation;
    this.#onLeave = onLeave;
    adopt(panel.getRootNode(), styles);
    this.#element = el(
      "section",
      {
        class: "list",
        part: "conversations",
        "aria-label": t("conversations"),
        hidden: true,
        onkeydown: (event) => this.#onKey(event),
      },
      el("h3", { class: "list-heading" }, t("conversations")),
      this.#items,
    );
    conversation.element.after(this.#element);
  }

  toggle() {
    if (!this.#element.hidden) return this.#leave();
    this.#draw();
    this.#setOpen(true);
    this.#element.querySelector("button")?.focus();
  }

  close() {
    this.#setOpen(false);
  }

  #setOpen(isOpen) {
    this.#element.hidden = !isOpen;
    this.#conversation.element.inert = isOpen;
    this.#button.setAttribute("aria-expanded", String(isOpen));
  }

  #leave() {
    this.#setOpen(false);
    this.#onLeave();
  }

  #draw() {
    const items = this.#memory.conversations.map((one) => this.#item(one));
    const none = el("li", { class: "note" }, this.#t("noConversations"));
    this.#items.replaceChildren(...(items.length ? items : [none]));
  }

  #item({ id, title }) {
    const isCurrent = id === this.#conversation.id;
    const item = el("li", { class: "conversation" });
    const open = el(
      "button",
      { type: "button", class: "conversation-title", dir: "auto", "aria-current": isCurrent ? "true" : null },
      title,
    );
    open.addEventListener("click", () => {
      this.#leave();
      if (!isCurrent) this.#conversation.open(id);
    });
    item.append(
      open,
      iconButton("rename", `${this.#t("rename")}: ${title}`, { onclick: () => this.#rename(item, { id, title }) }),
      iconButton("delete", `${this.#t("delete")}: ${title}`, { onclick: () => this.#confirm(item, id) }),
    );
    return item;
  }

  #rename(item, { id, title }) {
    const t = this.#t;
    const input = el("input", { type: "text", dir: "auto", maxlength: MAX_TITLE_LENGTH, "aria-label": t("renameTo"), value: title });
    const form = el(
      "form",
      { class: "conversation-form" },
      input,
      el("button", { class: "button" }, t("save")),
      el("button", { type: "button", class: "button", onclick: () => this.#redraw(id) }, t("cancel")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim()) this.#memory.rename(id, input.value.trim());
      this.#redraw(id);
    });
    item.replaceChildren(form);
    input.select();
  }

  /** Nothing is deleted by one press, nor by two in the same place. */
  #confirm(item, id) {
    const t = this.#t;
    const words = el("p", { id: "deletion", dir: "auto" }, t("deleteQuestion"));
    const keep = el("button", { type: "button", class: "button", onclick: () => this.#redraw(id) }, t("keep"));
    const prompt = el(
      "div",
      { class: "deletion", role: "alertdialog", "aria-labelledby": "deletion" },
      words,
      el("button", { type: "button", class: "button danger", onclick: () => this.#delete(id, words) }, t("delete")),
      keep,
    );
    item.replaceChildren(prompt);
    keep.focus();
  }

  async #delete(id, words) {
    try {
      await this.#conversation.delete(id);
    } catch (error) {
      words.textContent = this.#t("notDeleted", { reason: error.inWords(this.#t) });
      return;
    }
    this.#draw();
    (this.#element.querySelector("button") ?? this.#button).focus();
  }

  /** Show the list as it is now, with the focus where it was. */
  #redraw(id) {
    const at = this.#memory.conversations.findIndex((one) => one.id === id);
    this.#draw();
    this.#items.children[at]?.querySelector("button")?.focus();
  }

  #onKey(event) {
    if (event.key !== "Escape") return;
    // The next Escape closes the panel.
    event.stopPropagation();
    const isAsking = this.#element.querySelector("form, [role=alertdialog]");
    if (isAsking) this.#draw();
    else this.#setOpen(false);
    this.#button.focus();
  }
}
