/** Texts of the interface in one language, with what the site says in other words. */
import { EN } from "./en.js";

/**
 * @callback Translate
 * @param {keyof typeof EN} key
 * @param {Record<string, string|number>} [values] What stands for {name} in the text; `n` picks the plural form.
 * @returns {string}
 */

/**
 * Return what says a text in a language.
 *
 * @param {string} language
 * @param {object} table The texts of the language; what lacks is said in English.
 * @param {object} [overrides] Texts of the site.
 * @returns {Translate}
 */
export function translator(language, table, overrides = {}) {
  const plurals = new Intl.PluralRules(language);
  return (key, values = {}) => {
    const texts = [overrides, table, EN].find((each) => isText(each[key]))[key];
    const text = typeof texts === "string" ? texts : (texts[plurals.select(values.n)] ?? texts.other);
    return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
  };
}

/** Read what a site says in other words, from its attribute; what is no such object changes nothing. */
export function readOverrides(json) {
  try {
    const overrides = JSON.parse(json ?? "{}");
    const known = Object.entries(overrides).filter(([key, text]) => Object.hasOwn(EN, key) && isText(text));
    return Object.fromEntries(known);
  } catch {
    console.error("footnote-chat: strings is not a JSON object");
    return {};
  }
}

function isText(value) {
  return typeof value === "string" || typeof value?.other === "string";
}
