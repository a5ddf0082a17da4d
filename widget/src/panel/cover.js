/** On a small screen the panel covers the page: the back button closes it, and the page behind does not scroll. */
import { COVERS_THE_PAGE } from "../screen.js";

const OWN_STATE = "footnotePanel";

export class Cover {
  #panel;
  #onBack;
  #isOn = false;

  /**
   * @param {HTMLElement} panel
   * @param {() => void} onBack The reader pressed the back button.
   */
  constructor(panel, onBack) {
    this.#panel = panel;
    this.#onBack = onBack;
  }

  get isOn() {
    return this.#isOn;
  }

  /** The panel is shown. */
  begin() {
    if (this.#isOn || !matchMedia(COVERS_THE_PAGE).matches) return;
    this.#isOn = true;
    // A page that was reloaded under the panel has the step already.
    if (!history.state?.[OWN_STATE]) history.pushState({ ...history.state, [OWN_STATE]: true }, "");
    addEventListener("popstate", this.#back);
    visualViewport?.addEventListener("resize", this.#fit);
    visualViewport?.addEventListener("scroll", this.#fit);
    this.#panel.addEventListener("touchmove", this.#hold, { passive: false });
    this.#fit();
  }

  /** The panel is hidden; whoever hides it, the page's history is as before. */
  end() {
    if (!this.#isOn) return;
    this.#stop();
    if (history.state?.[OWN_STATE]) history.back();
  }

  #back = (event) => {
    if (event.state?.[OWN_STATE]) return;
    this.#stop();
    this.#onBack();
  };

  /** Fill what the keyboard of the screen leaves free. */
  #fit = () => {
    const { style } = this.#panel;
    style.setProperty("--fn-view-height", `${visualViewport.height}px`);
    style.setProperty("--fn-view-top", `${visualViewport.offsetTop}px`);
  };

  /** A finger on what does not scroll in the panel does not scroll the page behind it either. */
  #hold = (event) => {
    const scrolls = (node) => node.classList?.contains("scrolls") && node.scrollHeight > node.clientHeight;
    const isPinch = event.touches.length > 1;
    if (event.cancelable && !isPinch && !event.composedPath().some(scrolls)) event.preventDefault();
  };

  #stop() {
    this.#isOn = false;
    removeEventListener("popstate", this.#back);
    visualViewport?.removeEventListener("resize", this.#fit);
    visualViewport?.removeEventListener("scroll", this.#fit);
    this.#panel.removeEventListener("touchmove", this.#hold);
    for (const name of ["--fn-view-height", "--fn-view-top"]) this.#panel.style.removeProperty(name);
  }
}
