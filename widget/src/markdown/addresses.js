/** Addresses in Markdown: which may be linked, and what to say where the text of a link names another host. */

// White space, control characters, backslashes and invisible characters: parsers of addresses disagree about them.
const ODD = /[\s\\\p{Cc}\p{Cf}]/u;
const HOST = /[\p{L}\p{N}-]+(?:[.\u3002\uff0e\uff61][\p{L}\p{N}-]+)+/gu;
const NAME = /(?:[.\u3002\uff0e\uff61]\p{L}[\p{L}\p{N}-]+|^\d+(?:\.\d+){3})$/u;

/** @returns {URL|null} Null unless it is a whole http, https or mailto address without a user's name. */
export function safeUrl(address) {
  if (ODD.test(address) || !/^(?:https?:\/\/[^/]|mailto:)/i.test(address)) return null;
  try {
    const url = new URL(address);
    return url.username || url.password ? null : url;
  } catch {
    return null;
  }
}

function nameOf(host) {
  try {
    return new URL(`https://${host}`).hostname.replace(/^www\./, "");
  } catch {
    return "";
  }
}

/** Say where a link leads if its text names another host; else nothing. */
export function realHost(text, url) {
  const target = url.host || url.pathname;
  const host = nameOf(target.slice(target.lastIndexOf("@") + 1).replace(/:\d+$/, ""));
  const named = text.replace(/\p{Cf}/gu, "").match(HOST) ?? [];
  return named.some((name) => NAME.test(name) && nameOf(name) !== host) ? target : "";
}
