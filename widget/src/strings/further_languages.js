/** The texts of each language but English, fetched when somebody needs them. */
export const FURTHER_LANGUAGES = {
  de: () => import("./languages/de.js"),
  fr: () => import("./languages/fr.js"),
  es: () => import("./languages/es.js"),
  it: () => import("./languages/it.js"),
  pt: () => import("./languages/pt.js"),
  nl: () => import("./languages/nl.js"),
  pl: () => import("./languages/pl.js"),
  ru: () => import("./languages/ru.js"),
  uk: () => import("./languages/uk.js"),
  ja: () => import("./languages/ja.js"),
  zh: () => import("./languages/zh.js"),
  ar: () => import("./languages/ar.js"),
  he: () => import("./languages/he.js"),
};
