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
 * @param {unknown} visitorToken As of the element.
 * @param {(element: HTMLElement) => void} raise Puts an element above the page.
 * @param {string} defaultServer Is asked if the element names no server.
 * @returns {Promise<Panel>}
 */
export async function mount(host, root, visitorToken, raise, defaultServer) {
  const language = languageOf(host);
  const t = translator(language, await textsOf(language), readOverrides(host.getAttribute("strings")));
  const named = serverAddress(host.getAttribute("server"), document.baseURI);
  const server = named ?? serverAddress(defaultServer, document.baseURI) ?? location.origin;
  return new Panel(host, root, { server, visitorToken, raise, language, t });
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
