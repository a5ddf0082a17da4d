/** The element <footnote-chat>: its methods and the launcher. What is inside the panel is fetched when it is needed. */
import { COVERS_THE_PAGE } from "../screen.js";
import { LAUNCHER_NAMES } from "../strings/launcher.js";
import { directionOf, languageOf } from "../strings/language.js";
import styles from "./loader.css";

const ICONS = [
  "M4 4h16v13h-9l-5 4v-4H4zM12 7v7M9 9l6 3M15 9l-6 3",
  "M6 6l12 12M18 6L6 18",
];

/** Attributes, events and methods: see docs/widget.md. */
export class FootnoteChat extends HTMLElement {
  static observedAttributes = ["open"];
  /** Where the script came from: its other files lie there, and it is the server of elements that name none. */
  static home;

  #isKept = false;
  #button = document.createElement("button");
  #said = document.createElement("span");
  #visitorToken = null;
  #loading = null;
  #panel = null;
  #again = "";

  connectedCallback() {
    if (!this.shadowRoot) this.#build();
    if (this.#isLauncher) this.#raise(this.#button);
    this.#panel?.reconnect();
  }

  disconnectedCallback() {
    if (this.#isKept) FootnoteChat.keep(this);
    // Who exchanges the body of a page puts the element back at once.
    setTimeout(() => this.isConnected || this.#panel?.disconnect());
  }

  /** Put an element beside the body of the page, for as long as it is not destroyed. */
  static keep(chat) {
    chat.#isKept = true;
    document.documentElement.append(chat);
  }

  attributeChangedCallback() {
    if (this.shadowRoot && this.#isLauncher) this.#followOpen();
  }

  /**
   * Say who the visitor is: a token of the site's server, or a function that returns one or a promise of one. The
   * function is asked again when a token has expired; null is a visitor who is not signed in. It cannot be read back.
   */
  set visitorToken(source) {
    this.#visitorToken = source;
    if (this.#panel) this.#panel.visitorToken = source;
  }

  get isOpen() {
    return !this.#isLauncher || this.hasAttribute("open");
  }

  /** Show the panel and put the cursor into its input; returns the panel, for this code alone. */
  async open() {
    this.setAttribute("open", "");
    const panel = await this.#tryToLoad();
    panel?.focus();
    return panel;
  }

  close() {
    this.removeAttribute("open");
  }

  /** Open the panel and ask as if the reader had typed it; nothing is asked while an answer is being written. */
  async ask(question) {
    await (await this.open())?.ask(question);
  }

  /** Break off the answer that is being written. */
  stop() {
    this.#panel?.stop();
  }

  /** Leave this conversation and begin another. */
  async reset() {
    (await this.#tryToLoad())?.reset();
  }

  /** Delete this conversation from the server for good and begin another; rejects where that does not work. */
  async deleteConversation() {
    await (await this.#load()).deleteConversation();
  }

  /** Another visitor is here: their token as for `visitorToken`, and a conversation of their own. */
  setUser(source) {
    this.visitorToken = source;
    this.#panel?.reset();
  }

  /** @param {"auto"|"light"|"dark"} theme */
  setTheme(theme) {
    this.setAttribute("theme", theme);
  }

  /** Take the chat out of the page for good. */
  destroy() {
    this.#isKept = false;
    this.#panel?.destroy();
    this.remove();
  }

  get #isLauncher() {
    return this.getAttribute("mode") === "launcher";
  }

  #build() {
    this.attachShadow({ mode: "open" });
    const styleSheet = new CSSStyleSheet();
    styleSheet.replaceSync(styles);
    this.shadowRoot.adoptedStyleSheets = [styleSheet];
    this.#takeVisitorToken();
    this.#takeAccent();
    this.#buildButton();
    if (!this.#isLauncher) return void this.#tryToLoad();
    this.shadowRoot.append(this.#button);
    // A panel that covers the page is opened by the reader alone.
    if (matchMedia(COVERS_THE_PAGE).matches) this.close();
    this.#followOpen();
  }

  /** Take what the page set before this element was defined, and leave no token in the document. */
  #takeVisitorToken() {
    const early = Object.getOwnPropertyDescriptor(this, "visitorToken")?.value;
    delete this.visitorToken;
    this.#visitorToken = early ?? this.getAttribute("visitor-token");
    this.removeAttribute("visitor-token");
  }

  /** The panel corrects what is hard to read. */
  #takeAccent() {
    const accent = this.getAttribute("accent");
    if (accent && CSS.supports("color", accent)) this.style.setProperty("--footnote-accent", accent);
  }

  /** The launcher; where the panel cannot be fetched, it says so and tries again. */
  #buildButton() {
    const language = languageOf(this);
    this.#button.append(...ICONS.map(drawIcon));
    Object.assign(this.#button, {
      className: "launcher",
      part: "launcher",
      popover: "manual",
      ariaHasPopup: "dialog",
      ariaLabel: this.getAttribute("heading") || LAUNCHER_NAMES[language],
      // It stands where a line ends.
      dir: { left: "rtl", right: "ltr" }[this.getAttribute("position")] ?? directionOf(language),
    });
    this.#button.onclick = () => (this.isOpen && this.#panel ? this.close() : this.open());
    this.#button.onpointerenter = this.#button.onfocus = () => this.#load().catch(() => {});
  }

  /** Put it above all of the page, whatever the page's styles: into the top layer. */
  #raise(element) {
    if (!element.matches(":popover-open")) element.showPopover();
    this.style.setProperty("--fn-unzoom", 1 / (this.parentElement?.currentCSSZoom || 1));
  }

  #followOpen() {
    this.#button.ariaExpanded = this.isOpen;
    if (!this.isOpen) return this.#panel?.hide();
    this.#tryToLoad().then((panel) => (panel && this.isOpen ? panel.show() : this.close()));
  }

  /** Return the panel; where it cannot be fetched, say so and return null. */
  async #tryToLoad() {
    this.#said.remove();
    try {
      const panel = await this.#load();
      if (!this.#isLauncher) this.#button.remove();
      return panel;
    } catch (error) {
      console.error(error);
      // The other languages cannot be fetched either.
      this.#said.role = "alert";
      this.#said.textContent = "The assistant cannot be reached.";
      this.#button.append(this.#said);
      this.shadowRoot.append(this.#button);
      return null;
    }
  }

  /** Fetch what is inside the panel, once; after a failure the next call tries again. */
  #load() {
    this.#loading ||= import(`${FootnoteChat.home}widget/${PANEL_FILE}${this.#again}`)
      .then(({ mount }) =>
        mount(this, this.shadowRoot, this.#visitorToken, (element) => this.#raise(element), FootnoteChat.home),
      )
      .then((panel) => (this.#panel = panel))
      .catch((error) => {
        this.#loading = null;
        // Browsers remember that an address failed.
        this.#again = `?${Date.now()}`;
        throw error;
      });
    return this.#loading;
  }
}

function drawIcon(lines) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 24 24");
  path.setAttribute("d", lines);
  svg.append(path);
  return svg;
}
