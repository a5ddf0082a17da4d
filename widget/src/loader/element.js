/** The element <footnote-chat>: its methods and the launcher. What is inside the panel is fetched when it is needed. */
import { COVERS_THE_PAGE } from "../screen.js";
import { LAUNCHER_NAMES } from "../strings/launcher.js";
import { directionOf, languageOf } from "../strings/language.js";
import styles from "./loader.css";

const ICONS = [
  "M4 5.5A1.5 1.5 0 0 1 5.5 4h13A1.5 1.5 0 0 1 20 5.5v10a1.5 1.5 0 0 1-1.5 1.5H11l-4.5 3.5V17h-1A1.5 1.5 0 0 1 4 15.5zM12 7v7M9 8.75l6 3.5M15 8.75l-6 3.5",
  "M6 6l12 12M18 6L6 18",
];

let styleSheet = null;

/** Attributes, events and methods: see docs/widget.md. */
export class FootnoteChat extends HTMLElement {
  static observedAttributes = ["open"];
  /** Where the script came from: its other files lie there. */
  static home;
  /** The server of elements that name none. */
  static defaultServer;

  isDestroyed = false;
  #root = null;
  #button = document.createElement("button");
  #said = document.createElement("span");
  #visitorToken = null;
  #loading = null;
  #panel = null;
  #nFailures = 0;

  connectedCallback() {
    if (this.isDestroyed) return;
    if (!this.#root) this.#build();
    if (this.#isLauncher) this.#raise(this.#button);
    this.#panel?.reconnect();
  }

  disconnectedCallback() {
    // Who exchanges the body of a page puts the element back at once.
    setTimeout(() => this.isConnected || this.#panel?.disconnect());
  }

  attributeChangedCallback() {
    if (this.#root && this.#isLauncher) this.#followOpen();
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
    this.isDestroyed = true;
    this.#panel?.destroy();
    this.remove();
  }

  get #isLauncher() {
    return this.getAttribute("mode") === "launcher";
  }

  #build() {
    this.#root = this.attachShadow({ mode: "open" });
    if (!styleSheet) {
      styleSheet = new CSSStyleSheet();
      styleSheet.replaceSync(styles);
    }
    this.#root.adoptedStyleSheets = [styleSheet];
    this.#takeVisitorToken();
    this.#takeAccent();
    this.#buildButton();
    if (!this.#isLauncher) return void this.#tryToLoad();
    this.#root.append(this.#button);
    // A panel that covers the page is opened by the reader alone.
    if (matchMedia(COVERS_THE_PAGE).matches) this.close();
    this.#followOpen();
  }

  /** Take what the page set before this element was defined, and leave no token in the document. */
  #takeVisitorToken() {
    this.#visitorToken = this.getAttribute("visitor-token");
    this.removeAttribute("visitor-token");
    if (!Object.hasOwn(this, "visitorToken")) return;
    const { visitorToken } = this;
    delete this.visitorToken;
    this.#visitorToken = visitorToken;
  }

  /** The panel corrects what is hard to read. */
  #takeAccent() {
    const accent = this.getAttribute("accent");
    if (accent && CSS.supports("color", accent)) this.style.setProperty("--footnote-accent", accent);
  }

  /** The launcher; where the panel cannot be fetched, it says so and tries again. */
  #buildButton() {
    const language = languageOf(this);
    const position = this.getAttribute("position");
    const attributes = {
      class: "launcher",
      part: "launcher",
      popover: "manual",
      "aria-haspopup": "dialog",
      "aria-label": this.getAttribute("heading") || LAUNCHER_NAMES[language],
      // It stands where a line ends.
      dir: position ? { left: "rtl" }[position] : directionOf(language),
    };
    for (const [name, value] of Object.entries(attributes)) this.#button.setAttribute(name, value);
    this.#button.append(...ICONS.map(drawIcon));
    this.#button.onclick = () => (this.isOpen && this.#panel ? this.close() : this.open());
    for (const hint of ["pointerenter", "focus"])
      this.#button.addEventListener(hint, () => this.#load().catch(() => {}), { once: true });
  }

  /** Put it above all of the page, whatever the page's styles: into the top layer. */
  #raise(element) {
    if (!element.isConnected) return;
    if (element.showPopover && !element.matches(":popover-open")) element.showPopover();
    this.style.setProperty("--fn-unzoom", 1 / (this.parentElement?.currentCSSZoom || 1));
  }

  #followOpen() {
    this.#button.setAttribute("aria-expanded", this.isOpen);
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
      console.error("footnote-chat:", error);
      // The other languages cannot be fetched either.
      this.#said.role = "alert";
      this.#said.textContent = "The assistant cannot be reached.";
      this.#button.append(this.#said);
      this.#root.append(this.#button);
      return null;
    }
  }

  /** Fetch what is inside the panel, once; after a failure the next call tries again. */
  #load() {
    const again = this.#nFailures ? `?again=${this.#nFailures}` : "";
    this.#loading ||= import(`${FootnoteChat.home}widget/${PANEL_FILE}${again}`)
      .then(({ mount }) =>
        mount(this, this.#root, {
          server: this.getAttribute("server") ?? FootnoteChat.defaultServer,
          visitorToken: this.#visitorToken,
          raise: (element) => this.#raise(element),
        }),
      )
      .then((panel) => (this.#panel = panel))
      .catch((error) => {
        this.#loading = null;
        this.#nFailures++;
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
