/**
 * Which conversation a reader was in, across visits: its id in the page's localStorage, one for each server.
 *
 * Browsers may forbid storage altogether; the chat then forgets when the page goes.
 */
const key = (server) => `footnote-conversation ${server}`;

/** @returns {string|null} */
export function recallConversation(server) {
  return attempt(() => localStorage.getItem(key(server)));
}

/** @param {string|null} id Null forgets. */
export function rememberConversation(server, id) {
  attempt(() => (id ? localStorage.setItem(key(server), id) : localStorage.removeItem(key(server))));
}

function attempt(action) {
  try {
    return action() ?? null;
  } catch {
    return null;
  }
}
