/** The server that a chat asks, and what its requests carry: the key of the site, and who the visitor is. */
import { AskError, mistakeOfSite } from "./problems.js";
import { VisitorToken } from "./visitor.js";

const KEY = /^[!-~]+$/;

export class Connection {
  #siteKey;
  #visitor;

  /**
   * @param {string} address Without a slash at the end.
   * @param {{siteKey?: string|null, visitor?: VisitorToken}} [access]
   */
  constructor(address, { siteKey = null, visitor = new VisitorToken() } = {}) {
    this.address = address;
    this.#siteKey = siteKey;
    this.#visitor = visitor;
  }

  /**
   * Send a request below the address; with a new token once again, if the server refuses that of the visitor.
   *
   * @throws {AskError} The server cannot be reached, or the site gave what cannot be sent.
   * @throws {DOMException} `AbortError`, when the signal said stop.
   */
  async fetch(path, options) {
    const token = await this.#visitor.read(options.signal);
    const response = await this.#send(path, options, token);
    if (response.status !== 401 || !(await isVisitorRefused(response)) || !(await this.#visitor.renew(token))) {
      return response;
    }
    return await this.#send(path, options, await this.#visitor.read(options.signal));
  }

  /** Say in words what the browser reports as a bare TypeError: no network, no server, or CORS. */
  async orLost(promise) {
    try {
      return await promise;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw this.unreachable();
    }
  }

  unreachable() {
    return new AskError("unreachable", { detail: `${this.address} cannot be reached` });
  }

  #send(path, { headers, ...options }, token) {
    if (this.#siteKey && !KEY.test(this.#siteKey)) throw mistakeOfSite("key_refused", "the site key is not a key");
    const access = {
      ...(this.#siteKey ? { Authorization: `Bearer ${this.#siteKey}` } : {}),
      ...(token ? { "X-Footnote-Visitor": token } : {}),
    };
    return this.orLost(fetch(this.address + path, { ...options, headers: { ...headers, ...access } }));
  }
}

async function isVisitorRefused(response) {
  const problem = await response.clone().json().catch(() => null);
  return problem?.code === "visitor_refused";
}
