/** The element <footnote-chat>: the panel, its input and the conversation in it. */
import { AskError, ask } from "./client.js";
import { inkOn, parseHex, readableOn } from "./color.js";
import { el, hiddenText, icon, iconButton } from "./dom.js";
import { showMoreIfClamped } from "./footnotes.js";
import { serverAddress } from "./links.js";
import { Popover } from "./popover.js";
import { Turn } from "./turn.js";
import styles from "./widget.css";

const MAX_QUESTION_LENGTH = 4000;
const COUNTER_FROM_LENGTH = 3600;
const MAX_INPUT_HEIGHT_PX = 160;
const NEAR_BOTTOM_PX = 48;
const TURN_MARGIN_PX = 16;
const LIGHT_SURFACE = [255, 255, 255];
const DARK_SURFACE = [25, 26, 24];
const FULL_SCREEN = "(max-width: 480px), (max-height: 480px)";

let styleSheet = null;

/**
 * Attributes, read when the element is put into a page: server, mode (inline, page, launcher), heading, placeholder,
 * accent, position (right, left), theme (auto, light, dark), open. Events: see docs/widget.md.
 */
export class FootnoteChat extends HTMLElement {
  /** The server of elements that name none; the script sets it to where it came from. */
  static defaultServer = location.origin;

  #isBuilt = false;
  #server;
  #conversationId = null;
  #streaming = null;
  #isFollowing = true;
  #lastScrollTop = 0;
  #popover = new Popover();
  #clampObserver = new ResizeObserver((entries) => {
    const buttonsChanged = entries.map(({ target }) => showMoreIfClamped(target));
    if (buttonsChanged.includes(true)) this.#follow();
  });

  connectedCallback() {
    if (this.#isBuilt) return;
    this.#isBuilt = true;
    this.#server = serverAddress(this.getAttribute("server"), document.baseURI) ?? FootnoteChat.defaultServer;
    this.#build();
    this.#applyAccent();
    if (this.#isLauncher) this.#openUnlessItCoversThePage();
    else if (this.#mode === "page") this.#input.focus();
  }

  disconnectedCallback() {
    this.#streaming?.abort();
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  open() {
    this.#setOpen(true);
    this.#updateComposer();
    this.#input.focus();
  }

  close() {
    if (!this.#isLauncher || !this.isOpen) return;
    this.#setOpen(false);
    this.#launcher.focus();
  }

  /** Ask as if the reader had typed it; nothing happens while an answer is being written. */
  async ask(question) {
    question = String(question).trim().slice(0, MAX_QUESTION_LENGTH);
    if (question && !this.#streaming) await this.#run(question);
  }

  /** Forget this conversation and begin another. */
  startNewConversation() {
    this.#streaming?.abort();
    this.#streaming = null;
    this.#conversationId = null;
    this.#popover.hide();
    this.#clampObserver.disconnect();
    this.#log.replaceChildren(this.#emptyState());
    this.#updateComposer();
    this.#input.focus();
  }

  get #mode() {
    return this.getAttribute("mode") || "inline";
  }

  get #isLauncher() {
    return this.#mode === "launcher";
  }

  #panel;
  #launcher;
  #log;
  #input;
  #counter;
  #send;

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
      this.#composer(),
      this.#popover.element,
    );
    root.append(this.#panel);
    if (this.#isLauncher) root.append(this.#launcherButton(heading));
    this.#updateComposer();
  }

  #header(heading) {
    return el(
      "header",
      { class: "header" },
      icon("footnote"),
      el(this.#mode === "page" ? "h1" : "h2", { class: "heading", dir: "auto" }, heading),
      iconButton("restart", "New conversation", { onclick: () => this.startNewConversation() }),
      this.#mode === "page" ? el("a", { class: "nav", href: `${this.#server}/documents` }, "Documents") : null,
      this.#isLauncher ? iconButton("close", "Close", { onclick: () => this.close() }) : null,
    );
  }

  #emptyState() {
    return el(
      "div",
      { class: "empty" },
      el("p", { class: "empty-heading" }, "What would you like to know?"),
      el(
        "p",
        {},
        "Answers come only from the documents, and every sentence has a footnote that opens the words it rests on.",
      ),
      el(
        "p",
        {},
        el(
          "a",
          { href: `${this.#server}/documents`, target: "_blank", rel: "noopener" },
          "See the documents",
          hiddenText(", opens in a new tab"),
        ),
      ),
    );
  }

  #composer() {
    this.#input = el("textarea", {
      id: "question",
      rows: 1,
      maxlength: MAX_QUESTION_LENGTH,
      dir: "auto",
      enterkeyhint: "send",
      autocomplete: "off",
      placeholder: this.getAttribute("placeholder") || "Ask a question",
      "aria-describedby": "counter",
      oninput: () => this.#updateComposer(),
      onkeydown: (event) => this.#onInputKey(event),
    });
    this.#counter = el("span", { class: "counter", id: "counter", "aria-live": "polite" });
    this.#send = el("button", { type: "submit", class: "send" });
    return el(
      "form",
      { class: "composer", onsubmit: (event) => this.#onSubmit(event) },
      el("label", { class: "visually-hidden", for: "question" }, "Your question"),
      el("div", { class: "field" }, this.#input, this.#send),
      this.#counter,
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
    this.#tell(isOpen ? "footnote-open" : "footnote-close");
  }

  #openUnlessItCoversThePage() {
    const shouldOpen = this.hasAttribute("open") && !matchMedia(FULL_SCREEN).matches;
    this.toggleAttribute("open", shouldOpen);
    this.#setOpen(shouldOpen);
  }

  #applyAccent() {
    const hex = toHex(this.getAttribute("accent"));
    if (!hex) return;
    const accent = parseHex(hex);
    const css = (color) => `rgb(${color.join(" ")})`;
    this.style.setProperty("--footnote-accent", css(accent));
    this.style.setProperty("--footnote-on-accent", css(inkOn(accent)));
    this.style.setProperty("--fn-accent-on-light", css(readableOn(LIGHT_SURFACE, accent)));
    this.style.setProperty("--fn-accent-on-dark", css(readableOn(DARK_SURFACE, accent)));
  }

  async #run(question, replaced = null) {
    const turn = new Turn(question, {
      server: this.#server,
      popover: this.#popover,
      clampObserver: this.#clampObserver,
    });
    if (replaced) replaced.remove();
    this.#log.querySelector(".empty")?.remove();
    this.#log.append(turn.element);
    const streaming = new AbortController();
    this.#streaming = streaming;
    this.#isFollowing = true;
    this.#updateComposer();
    this.#follow();
    try {
      this.#tell("footnote-answer", await this.#stream(turn, streaming.signal));
    } catch (error) {
      if (error.name === "AbortError") turn.stop();
      else this.#fail(turn, error);
    }
    if (this.#streaming !== streaming) return;
    this.#streaming = null;
    this.#updateComposer();
    this.#follow();
  }

  /** Read events into the turn until the final one, and return the final answer. */
  async #stream(turn, signal) {
    for await (const event of ask(this.#server, {
      question: turn.question,
      conversationId: this.#conversationId,
      signal,
    })) {
      signal.throwIfAborted?.();
      if (event.data?.conversation_id) this.#conversationId = event.data.conversation_id;
      if (event.name === "final") {
        turn.finish(event.data);
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
    if (known.status === 404) this.#conversationId = null;
    turn.fail(known.message, () => {
      if (!this.#streaming) this.#run(turn.question, turn.element);
      this.#input.focus();
    });
    this.#tell("footnote-error", { message: known.message, code: known.code, status: known.status });
  }

  #onSubmit(event) {
    event.preventDefault();
    if (this.#streaming) {
      this.#streaming.abort();
    } else if (this.#input.value.trim()) {
      this.ask(this.#input.value);
      this.#input.value = "";
      this.#updateComposer();
    }
    this.#input.focus();
  }

  #onInputKey(event) {
    // While an input method composes a word, Enter chooses the word; 229 is how Safari says so.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!this.#streaming) this.#input.form.requestSubmit();
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

  #updateComposer() {
    const isStreaming = this.#streaming !== null;
    const label = isStreaming ? "Stop" : "Send";
    if (this.#send.title !== label) {
      this.#send.title = label;
      this.#send.setAttribute("aria-label", label);
      this.#send.replaceChildren(icon(label.toLowerCase()));
    }
    this.#send.disabled = !isStreaming && !this.#input.value.trim();
    const length = this.#input.value.length;
    this.#counter.textContent = length >= COUNTER_FROM_LENGTH ? `${length} of ${MAX_QUESTION_LENGTH} characters` : "";
    this.#input.style.height = "auto";
    if (this.#input.scrollHeight)
      this.#input.style.height = `${Math.min(this.#input.scrollHeight, MAX_INPUT_HEIGHT_PX)}px`;
  }

  /** Keep the newest words in view, but never push the turn's own question out of it. */
  #follow() {
    const turn = this.#log.lastElementChild;
    if (!this.#isFollowing) return;
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

/** Return any plain CSS color (a name, hex, rgb, hsl) as `#rrggbb`, or null. */
function toHex(color) {
  if (!color || !CSS.supports("color", color)) return null;
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = color;
  return /^#[0-9a-f]{6}$/.test(context.fillStyle) ? context.fillStyle : null;
}
