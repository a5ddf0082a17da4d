/** The panel: its header, the conversation, and the input below it. */
import { applyAccent } from "../accent/accent.js";
import { Connection } from "../client/connection.js";
import { fetchSetup } from "../client/client.js";
import { VisitorToken } from "../client/visitor.js";
import { adopt, el, icon, iconButton } from "../dom.js";
import { directionOf } from "../strings/language.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { Cover } from "./cover.js";
import { emptyState } from "./empty.js";
import { keepFocusInside } from "./focus.js";
import { keepKeysInside } from "./keys.js";
import { Memory } from "./memory.js";
import styles from "./panel.css";

export class Panel {
  #host;
  #t;
  #raise;
  #connection;
  #visitor = new VisitorToken();
  #memory;
  #conversation;
  #composer;
  #list = null;
  #listButton;
  #cover;
  #notice;
  #element;
  #releaseKeys;
  #hasBegun = false;

  constructor(host, root, { server, visitorToken, language, t, raise }) {
    this.#host = host;
    this.#t = t;
    this.#raise = raise;
    this.#visitor.source = visitorToken;
    this.#connection = new Connection(server, { siteKey: host.getAttribute("site-key"), visitor: this.#visitor });
    this.#memory = new Memory(server, { isKept: host.getAttribute("remember") !== "off" });
    this.#build(language);
    adopt(root, styles);
    root.append(this.#element);
    applyAccent(host, root);
    this.#releaseKeys = keepKeysInside(host);
    for (const name of ["online", "offline"]) addEventListener(name, this.#noteNetwork);
    this.#noteNetwork();
    this.#update();
    if (!this.#isLauncher) this.#beginOnce();
    if (this.#mode === "page") this.focus();
  }

  set visitorToken(source) {
    this.#visitor.source = source;
  }

  show() {
    if (!this.#element.hidden) return;
    this.#element.hidden = false;
    this.#raise(this.#element);
    this.#beginOnce();
    this.#cover.begin();
    this.#composer.fit();
    this.#conversation.follow();
    this.#tell("footnote-open");
  }

  hide() {
    if (this.#element.hidden) return;
    const hadFocus = this.#host.shadowRoot.activeElement !== null;
    this.#conversation.hideCard();
    this.#element.hidden = true;
    this.#cover.end();
    if (hadFocus) this.#host.shadowRoot.querySelector(".launcher").focus();
    this.#tell("footnote-close");
  }

  focus() {
    this.#composer.focus();
  }

  /** Ask as if the reader had typed it; nothing is asked while an answer is being written. */
  async ask(question) {
    await this.#conversation.ask(question);
  }

  stop() {
    this.#conversation.stop();
  }

  reset() {
    this.#conversation.reset();
    this.#composer.focus();
  }

  async deleteConversation() {
    await this.#conversation.delete(this.#memory.current);
  }

  /** The element is in the page again, somewhere else. */
  reconnect() {
    if (this.#isLauncher && !this.#element.hidden) this.#raise(this.#element);
  }

  disconnect() {
    this.#conversation.stop();
  }

  destroy() {
    this.#conversation.stop();
    this.#cover.end();
    this.#releaseKeys();
    for (const name of ["online", "offline"]) removeEventListener(name, this.#noteNetwork);
  }

  get #mode() {
    return this.#host.getAttribute("mode") || "inline";
  }

  get #isLauncher() {
    return this.#mode === "launcher";
  }

  get #hidesDocuments() {
    return this.#host.getAttribute("documents") === "off";
  }

  /** The list of documents; null if the reader may not open it. A site key never opens it. */
  get #documentsUrl() {
    const isClosed = this.#hidesDocuments || this.#host.hasAttribute("site-key");
    return isClosed ? null : `${this.#connection.address}/documents`;
  }

  #build(language) {
    const t = this.#t;
    const heading = this.#host.getAttribute("heading") || t("title");
    this.#conversation = new Conversation({
      connection: this.#connection,
      memory: this.#memory,
      t,
      language,
      documentsUrl: this.#documentsUrl,
      opensWordsAlone: this.#hidesDocuments,
      takesFeedback: this.#host.getAttribute("feedback") !== "off",
      onAskAgain: (question) => this.#composer.fill(question),
      leave: () => this.#cover.isOn && this.#host.close(),
      onChange: () => this.#update(),
      onLost: (question) => this.#cannotAsk(question),
      tell: (name, detail) => this.#tell(name, detail),
    });
    this.#composer = new Composer(t, {
      placeholder: this.#host.getAttribute("placeholder") || t("placeholder"),
      draft: this.#memory.draft,
      onAsk: (question) => this.ask(question),
      onStop: () => this.stop(),
      onDraft: (draft) => (this.#memory.draft = draft),
    });
    this.#listButton = iconButton("conversations", t("conversations"), {
      "aria-expanded": "false",
      onclick: () => this.#toggleList(),
    });
    this.#notice = el("p", { class: "notice", part: "notice", role: "status", hidden: true });
    this.#element = el(
      "section",
      {
        class: "panel",
        part: "panel",
        lang: language,
        dir: directionOf(language),
        "aria-label": heading,
        role: this.#isLauncher ? "dialog" : "region",
        popover: this.#isLauncher ? "manual" : null,
        hidden: this.#isLauncher,
        onkeydown: (event) => this.#onKey(event),
      },
      this.#header(heading),
      this.#notice,
      this.#mode === "page" ? el("h2", { class: "visually-hidden" }, t("conversation")) : null,
      this.#conversation.element,
      this.#conversation.announcer,
      this.#composer.element,
    );
    this.#cover = new Cover(this.#element, () => this.#host.close());
  }

  #header(heading) {
    const t = this.#t;
    return el(
      "header",
      { class: "header", part: "header" },
      icon("footnote"),
      el(this.#mode === "page" ? "h1" : "h2", { class: "heading", dir: "auto" }, heading),
      iconButton("restart", t("newConversation"), { onclick: () => this.reset() }),
      this.#listButton,
      this.#mode === "page" && this.#documentsUrl
        ? el("a", { class: "nav", href: this.#documentsUrl }, t("documents"))
        : null,
      this.#isLauncher ? iconButton("close", t("close"), { onclick: () => this.#host.close() }) : null,
    );
  }

  /** Show what was said before, and else what can be asked; nothing is fetched before the reader has opened the panel. */
  #beginOnce() {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#showEmptyState(null);
    this.#conversation.restore();
    fetchSetup(this.#connection).then((setup) => setup && this.#showEmptyState(setup));
  }

  #showEmptyState(setup) {
    this.#conversation.setEmptyState(() =>
      emptyState(this.#t, {
        documentsUrl: this.#documentsUrl,
        greeting: this.#host.getAttribute("greeting"),
        suggestions: ownSuggestions(this.#host) ?? setup?.suggestions ?? [],
        isAi: setup?.ai === true,
        retentionDays: setup?.retention_days,
        onAsk: (question) => this.ask(question),
      }),
    );
  }

  async #toggleList() {
    const { ConversationList } = await import("./conversation_list.js");
    this.#list ??= new ConversationList(this.#element, this.#listButton, {
      t: this.#t,
      memory: this.#memory,
      conversation: this.#conversation,
      onLeave: () => this.#composer.focus(),
    });
    this.#list.toggle();
  }

  #onKey(event) {
    if (!this.#isLauncher) return;
    if (event.key === "Escape" && !event.isComposing) this.#host.close();
    if (event.key === "Tab" && this.#cover.isOn) keepFocusInside(this.#element, event);
  }

  /** Offer what can be done now. */
  #update() {
    this.#composer.show({ isAnswering: this.#conversation.isAnswering });
    // While an answer is written, its conversation is not left by accident.
    this.#listButton.disabled = this.#conversation.isAnswering;
    if (this.#conversation.isAnswering) this.#list?.close();
  }

  /** What shows answers cannot be fetched; nothing that was typed is lost. */
  #cannotAsk(question) {
    this.#composer.fill(question);
    this.#notice.textContent = this.#t("unreachable");
    this.#notice.hidden = false;
  }

  #noteNetwork = () => {
    this.#notice.textContent = this.#t("offline");
    this.#notice.hidden = navigator.onLine;
  };

  /** Events carry no words of the reader or of the documents, unless the site asks for them. */
  #tell(name, detail = null) {
    const { text, ...plain } = detail ?? {};
    const isWithText = this.#host.getAttribute("event-text") === "on";
    const told = detail && { ...plain, ...(isWithText ? text : {}) };
    this.#host.dispatchEvent(new CustomEvent(name, { detail: told, bubbles: true, composed: true }));
  }
}

/** The questions that the site suggests, one a line in its attribute; null if it leaves that to the server. */
function ownSuggestions(host) {
  return host.getAttribute("suggestions")?.split("\n").map((line) => line.trim()).filter(Boolean) ?? null;
}
