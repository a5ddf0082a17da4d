/** The name of the launcher, before anything is fetched. */
export const LAUNCHER_NAMES = {
  en: "Ask the documents",
  de: "Frag die Dokumente",
  fr: "Interroger les documents",
  es: "Preguntar a los documentos",
  it: "Chiedi ai documenti",
  pt: "Perguntar aos documentos",
  nl: "Vraag het de documenten",
  pl: "Zapytaj dokumenty",
  ru: "Спросить документы",
  uk: "Запитати документи",
  ja: "文書に質問する",
  zh: "向文档提问",
  ar: "اسأل المستندات",
  he: "לשאול את המסמכים",
};
