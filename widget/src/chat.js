/** The element <footnote-chat>: the panel, its input and the conversation in it. */
import { applyAccent } from "./accent.js";
import { ask, deleteConversation, fetchAnswers, giveFeedback } from "./client.js";
import { Composer, MAX_QUESTION_LENGTH } from "./composer.js";
import { Connection } from "./connection.js";
import { DeletionPrompt } from "./deletion.js";
import { el, icon, iconButton } from "./dom.js";
import { emptyState } from "./empty.js";
import { showMoreIfClamped } from "./footnotes.js";
import { serverAddress } from "./links.js";
import { recallConversation, rememberConversation } from "./memory.js";
import { Popover } from "./popover.js";
import { AskError } from "./problems.js";
import { Turn } from "./turn.js";
import { VisitorToken } from "./visitor.js";
import styles from "./widget.css";

const NEAR_BOTTOM_PX = 48;
const TURN_MARGIN_PX = 16;
const FULL_SCREEN = "(max-width: 480px), (max-height: 480px)";

let styleSheet = null;

/**
 * Attributes, read when the element is put into a page: server, mode (inline, page, launcher), heading, greeting,
 * placeholder, accent, position (right, left), theme (auto, light, dark), open, remember (on, off),
 * feedback (on, off), documents (on, off), site-key, visitor-token. Events: see docs/widget.md.
 */
export class FootnoteChat extends HTMLElement {
  /** The server of elements that name none; the script sets it to where it came from. */
  static defaultServer = location.origin;

  #isBuilt = false;
  #server;
  #connection;
  #visitor = new VisitorToken();
  #conversationId = null;
  #streaming = null;
  #restoring = null;
  #isFollowing = true;
  #lastScrollTop = 0;
  #popover = new Popover();
  #deletion = new DeletionPrompt(
    () => this.deleteConversation(),
    () => this.#delete.focus(),
  );
  #clampObserver = new ResizeObserver((entries) => {
    const buttonsChanged = entries.map(({ target }) => showMoreIfClamped(target));
    if (buttonsChanged.includes(true)) this.#follow();
  });

  connectedCallback() {
    if (this.#isBuilt) return;
    this.#isBuilt = true;
    this.#server = serverAddress(this.getAttribute("server"), document.baseURI) ?? FootnoteChat.defaultServer;
    this.#connection = new Connection(this.#server, { siteKey: this.getAttribute("site-key"), visitor: this.#visitor });
    this.#takeVisitorToken();
    this.#build();
    applyAccent(this, this.getAttribute("accent"));
    if (this.#isLauncher) this.#openUnlessItCoversThePage();
    else this.#restore();
    if (this.#mode === "page") this.#composer.focus();
  }

  disconnectedCallback() {
    this.#streaming?.abort();
  }

  /**
   * Say who the visitor is: a token of the site's server, or a function that returns one or a promise of one. The
   * function is asked again when a token has expired; null is a visitor who is not signed in. It cannot be read back.
   */
  set visitorToken(source) {
    this.#visitor.source = source;
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  open() {
    this.#setOpen(true);
    this.#update();
    this.#composer.focus();
  }

  close() {
    if (!this.#isLauncher || !this.isOpen) return;
    this.#setOpen(false);
    this.#launcher.focus();
  }

  /** Ask as if the reader had typed it; nothing happens while an answer is being written. */
  async ask(question) {
    question = String(question).trim().slice(0, MAX_QUESTION_LENGTH);
    this.#restore();
    await this.#restoring;
    if (question && !this.#streaming) await this.#run(question);
  }

  /** Leave this conversation and begin another. */
  startNewConversation() {
    this.#streaming?.abort();
    this.#streaming = null;
    this.#restoring = Promise.resolve();
    this.#enter(null);
    this.#popover.hide();
    this.#deletion.close();
    this.#clampObserver.disconnect();
    this.#log.replaceChildren(this.#emptyState());
    this.#update();
    this.#composer.focus();
  }

  /** Delete this conversation from the server for good and begin another; rejects where that does not work. */
  async deleteConversation() {
    this.#streaming?.abort();
    if (this.#conversationId) await deleteConversation(this.#connection, this.#conversationId);
    this.startNewConversation();
  }

  get #mode() {
    return this.getAttribute("mode") || "inline";
  }

  get #isLauncher() {
    return this.#mode === "launcher";
  }

  get #hidesDocuments() {
    return this.getAttribute("documents") === "off";
  }

  /** The list of documents; null if the reader may not open it. A site key never opens it. */
  get #documentsUrl() {
    return this.#hidesDocuments || this.hasAttribute("site-key") ? null : `${this.#server}/documents`;
  }

  #panel;
  #launcher;
  #log;
  #composer;
  #delete;

  #build() {
    const root = this.attachShadow({ mode: "open" });
    if (!styleSheet) {
      styleSheet = new CSSStyleSheet();
      styleSheet.replaceSync(styles);
    }
    root.adoptedStyleSheets = [styleSheet];
    const heading = this.getAttribute("heading") || "Ask the documents";
    this.#log = el(
      "div",
      {
        class: "log",
        role: "log",
        "aria-live": "polite",
        "aria-label": "Conversation",
        tabindex: 0,
        onscroll: () => this.#noteScroll(),
      },
      this.#emptyState(),
    );
    this.#composer = new Composer(
      this.getAttribute("placeholder") || "Ask a question",
      (question) => this.ask(question),
      () => this.#streaming?.abort(),
    );
    this.#panel = el(
      "section",
      {
        class: "panel",
        "aria-label": heading,
        role: this.#isLauncher ? "dialog" : "region",
        hidden: this.#isLauncher,
        onkeydown: (event) => this.#onKey(event),
      },
      this.#header(heading),
      this.#log,
      this.#deletion.element,
      this.#composer.element,
      this.#popover.element,
    );
    root.append(this.#panel);
    if (this.#isLauncher) root.append(this.#launcherButton(heading));
    this.#update();
  }

  /** Take what the page set before this element was defined, and leave no token in the document. */
  #takeVisitorToken() {
    const inMarkup = this.getAttribute("visitor-token");
    this.removeAttribute("visitor-token");
    if (inMarkup !== null) this.#visitor.source = inMarkup;
    if (!Object.hasOwn(this, "visitorToken")) return;
    const { value } = Object.getOwnPropertyDescriptor(this, "visitorToken");
    delete this.visitorToken;
    this.visitorToken = value;
  }

  #emptyState() {
    return emptyState(this.#documentsUrl, this.getAttribute("greeting"));
  }

  #header(heading) {
    this.#delete = iconButton("delete", "Delete conversation", { onclick: () => this.#deletion.open() });
    return el(
      "header",
      { class: "header" },
      icon("footnote"),
      el(this.#mode === "page" ? "h1" : "h2", { class: "heading", dir: "auto" }, heading),
      iconButton("restart", "New conversation", { onclick: () => this.startNewConversation() }),
      this.#delete,
      this.#mode === "page" && this.#documentsUrl ? el("a", { class: "nav", href: this.#documentsUrl }, "Documents") : null,
      this.#isLauncher ? iconButton("close", "Close", { onclick: () => this.close() }) : null,
    );
  }

  #launcherButton(heading) {
    this.#launcher = el(
      "button",
      {
        type: "button",
        class: "launcher",
        "aria-label": heading,
        "aria-haspopup": "dialog",
        "aria-expanded": "false",
        onclick: () => (this.isOpen ? this.close() : this.open()),
      },
      icon("footnote"),
      icon("close"),
    );
    return this.#launcher;
  }

  #setOpen(isOpen) {
    if (!this.#isLauncher || this.isOpen === isOpen) return;
    this.#panel.hidden = !isOpen;
    this.toggleAttribute("open", isOpen);
    this.#launcher.setAttribute("aria-expanded", String(isOpen));
    this.#popover.hide();
    if (isOpen) this.#restore();
    this.#tell(isOpen ? "footnote-open" : "footnote-close");
  }

  #openUnlessItCoversThePage() {
    const shouldOpen = this.hasAttribute("open") && !matchMedia(FULL_SCREEN).matches;
    this.toggleAttribute("open", shouldOpen);
    this.#setOpen(shouldOpen);
  }

  get #remembers() {
    return this.getAttribute("remember") !== "off";
  }

  /** Be in a conversation, on the next visit too; null is in none. */
  #enter(conversationId) {
    this.#conversationId = conversationId;
    if (this.#remembers) rememberConversation(this.#server, conversationId);
  }

  /** Show, once, the conversation in which the reader was when the page was left. */
  #restore() {
    if (this.#restoring) return;
    const id = this.#remembers ? recallConversation(this.#server) : null;
    // A conversation that the reader begins meanwhile takes the place of this promise.
    const isWanted = () => this.#restoring === restoring;
    const restoring = (id ? fetchAnswers(this.#connection, id) : Promise.resolve([]))
      .then(
        (answers) => isWanted() && answers.length && this.#show(id, answers),
        ({ status }) => isWanted() && this.#failToShow(id, status),
      )
      .catch(console.error);
    this.#restoring = restoring;
  }

  #show(id, answers) {
    this.#conversationId = id;
    // Screen readers announce what is new, and this is not.
    this.#log.setAttribute("aria-live", "off");
    for (const answer of answers) this.#begin(String(answer.question)).finish(answer);
    this.#update();
    this.#follow();
    setTimeout(() => this.#log.setAttribute("aria-live", "polite"));
  }

  #failToShow(id, status) {
    // What the server does not know is over; what it cannot say now may be there on the next visit.
    if (status === 404) return this.#enter(null);
    this.#conversationId = id;
    this.#log.append(el("p", { class: "note" }, "What was said before cannot be shown right now."));
    this.#update();
  }

  /** Put a question into the conversation and return its turn. */
  #begin(question) {
    const turn = new Turn(question, {
      server: this.#server,
      documentsUrl: this.#documentsUrl,
      opensWordsAlone: this.#hidesDocuments,
      popover: this.#popover,
      clampObserver: this.#clampObserver,
      giveFeedback:
        this.getAttribute("feedback") === "off"
          ? null
          : (answerId, feedback) => giveFeedback(this.#connection, answerId, feedback),
    });
    this.#log.querySelector(".empty")?.remove();
    this.#log.append(turn.element);
    return turn;
  }

  async #run(question, replaced = null) {
    replaced?.remove();
    const turn = this.#begin(question);
    const streaming = new AbortController();
    this.#streaming = streaming;
    this.#isFollowing = true;
    this.#update();
    this.#follow();
    try {
      this.#tell("footnote-answer", await this.#stream(turn, streaming.signal));
    } catch (error) {
      if (error.name === "AbortError") turn.stop();
      else this.#fail(turn, error);
    }
    if (this.#streaming !== streaming) return;
    this.#streaming = null;
    this.#update();
    this.#follow();
  }

  /** Read events into the turn until the final one, and return the final answer. */
  async #stream(turn, signal) {
    for await (const event of ask(this.#connection, {
      question: turn.question,
      conversationId: this.#conversationId,
      signal,
    })) {
      signal.throwIfAborted?.();
      if (event.data?.conversation_id) this.#conversationId = event.data.conversation_id;
      if (event.name === "final") {
        turn.finish(event.data);
        this.#enter(this.#conversationId);
        return event.data;
      }
      turn.take(event);
      this.#follow();
    }
    throw new AskError("The connection ended before the answer was complete.", { code: "incomplete" });
  }

  #fail(turn, error) {
    if (!(error instanceof AskError)) console.error(error);
    const known =
      error instanceof AskError ? error : new AskError("The answer could not be read.", { code: "unreadable" });
    // A conversation that the server no longer knows must not make every further question fail.
    if (known.status === 404) this.#enter(null);
    turn.fail(known.message, () => {
      if (!this.#streaming) this.#run(turn.question, turn.element);
      this.#composer.focus();
    });
    this.#tell("footnote-error", { message: known.message, code: known.code, status: known.status });
  }

  #onKey(event) {
    if (!this.#isLauncher) return;
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      this.close();
    }
    if (event.key === "Tab" && matchMedia(FULL_SCREEN).matches) this.#keepFocusInside(event);
  }

  /** On a small screen the panel covers the page, so Tab goes round within it. */
  #keepFocusInside(event) {
    const stops = [...this.#panel.querySelectorAll("a[href], button, textarea, [tabindex='0']")];
    const reachable = stops.filter((stop) => stop.tabIndex >= 0 && !stop.disabled && stop.offsetParent !== null);
    const [first, last] = [reachable[0], reachable[reachable.length - 1]];
    const focused = this.shadowRoot.activeElement;
    if (event.shiftKey ? focused !== first : focused !== last) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }

  /** Offer what can be done now. */
  #update() {
    const isAnswering = this.#streaming !== null;
    this.#composer.show({ isAnswering });
    this.#delete.hidden = !this.#conversationId;
    this.#delete.disabled = isAnswering;
  }

  /** Keep the newest words in view, but never push the turn's own question out of it. */
  #follow() {
    const turn = this.#log.lastElementChild;
    if (!this.#isFollowing || !turn) return;
    const bottom = this.#log.scrollHeight - this.#log.clientHeight;
    const questionTop = turn.offsetTop - TURN_MARGIN_PX;
    this.#log.scrollTop = Math.max(0, Math.min(bottom, questionTop));
    this.#lastScrollTop = this.#log.scrollTop;
  }

  /** A reader who scrolls up wants to stay there. */
  #noteScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    if (scrollTop < this.#lastScrollTop - 1) this.#isFollowing = false;
    if (scrollHeight - clientHeight - scrollTop < NEAR_BOTTOM_PX) this.#isFollowing = true;
    this.#lastScrollTop = scrollTop;
    this.#popover.hide();
  }

  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
