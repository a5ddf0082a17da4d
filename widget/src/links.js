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

/**
 * Say what a citation's link leads to: a page of a PDF, or the page where the document was published.
 *
 * @param {unknown} link
 */
export function linkLabel(link) {
  const page = /#page=(\d+)$/.exec(String(link));
  return page ? `Open page ${page[1]} of the PDF` : "Open the published page";
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
