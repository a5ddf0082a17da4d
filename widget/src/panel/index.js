/** What the loader fetches when it is needed: everything inside the panel. */
import { serverAddress } from "../links.js";
import { EN } from "../strings/en.js";
import { FURTHER_LANGUAGES } from "../strings/further_languages.js";
import { languageOf } from "../strings/language.js";
import { readOverrides, translator } from "../strings/strings.js";
import { Panel } from "./panel.js";

/**
 * Build the panel of an element in its shadow root.
 *
 * @param {HTMLElement} host
 * @param {ShadowRoot} root
 * @param {{server: string, visitorToken: unknown, raise: (element: HTMLElement) => void}} surroundings `raise` puts an
 *   element above the page.
 * @returns {Promise<Panel>}
 */
export async function mount(host, root, surroundings) {
  const language = languageOf(host);
  const t = translator(language, await textsOf(language), readOverrides(host.getAttribute("strings")));
  // An address that is none is not asked.
  const server = serverAddress(surroundings.server, document.baseURI) ?? location.origin;
  return new Panel(host, root, { ...surroundings, server, language, t });
}

/** English is here; the other languages are fetched, and without them the chat speaks English. */
async function textsOf(language) {
  try {
    return (await FURTHER_LANGUAGES[language]?.())?.default ?? EN;
  } catch (error) {
    console.error("footnote-chat:", error);
    return EN;
  }
}
