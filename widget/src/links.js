/** Addresses that are safe to put into a link. */

/**
 * Resolve an address against the server; null unless the result is http or https.
 *
 * A path such as /documents/1 is below the server even where the server itself lives below a path.
 *
 * @param {string} server Its address without a slash at the end.
 * @param {unknown} url
 */
export function resolveUrl(server, url) {
  if (typeof url !== "string" || !url) return null;
  try {
    const resolved = new URL(/^\/(?![/\\])/.test(url) ? server + url : url, server);
    return /^https?:$/.test(resolved.protocol) ? resolved.href : null;
  } catch {
    return null;
  }
}

/** Return the page of the PDF that an address opens, null if it opens no page of one. */
export function pdfPageOf(url) {
  return /#page=(\d+)$/.exec(String(url))?.[1] ?? null;
}

/**
 * Return the server's address without a slash at the end; null where the attribute holds no http address.
 *
 * @param {string|null|undefined} attribute An address, or a path on the page's own site.
 * @param {string} base The address of the page.
 */
export function serverAddress(attribute, base) {
  if (!attribute) return null;
  try {
    const url = new URL(attribute, base);
    return /^https?:$/.test(url.protocol) ? (url.origin + url.pathname).replace(/\/+$/, "") : null;
  } catch {
    return null;
  }
}

/** Return whether an address is that of the page that the reader is on. */
export function isThisPage(url) {
  const [page, here] = [new URL(url), location];
  const path = ({ pathname }) => pathname.replace(/\/(index\.html?)?$/, "");
  return page.origin === here.origin && path(page) === path(here) && page.search === here.search;
}
