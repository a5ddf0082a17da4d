/** The token by which the site vouches for its signed-in visitor; it is held in memory only. */
import { mistakeOfSite } from "./problems.js";

const TOKEN = /^[\w-]+(\.[\w-]+){2}$/;

export class VisitorToken {
  #source = null;
  #current = null;

  /** @param {string|null|(() => string|null|Promise<string|null>)} source A function is asked for a token when one is needed. */
  set source(source) {
    this.#source = source;
    this.#current = null;
  }

  /**
   * Return the token to send; null for a visitor who is not signed in.
   *
   * @param {AbortSignal} [signal] Ends the wait for a function that does not answer.
   * @throws {AskError} The site gave none that can be sent.
   * @throws {DOMException} `AbortError`, when the signal said stop.
   */
  async read(signal) {
    this.#current ||= this.#ask();
    return await Promise.race([this.#current, stopped(signal)]);
  }

  /** Forget a token that the server refused; return whether another one can be had. */
  async renew(refused) {
    if (typeof this.#source !== "function" || refused === null) return false;
    // Another request may have got a new one already.
    if ((await this.#current?.catch(() => null)) === refused) this.#current = null;
    return true;
  }

  async #ask() {
    const source = this.#source;
    try {
      const token = typeof source === "function" ? await source() : source;
      if (token === null || token === undefined || token === "") return null;
      if (typeof token === "string" && TOKEN.test(token.trim())) return token.trim();
    } catch {
      // What a site's function throws may hold anything, a token too.
      this.#forget(source);
      throw mistakeOfSite("visitor_token", "visitorToken failed");
    }
    this.#forget(source);
    throw mistakeOfSite("visitor_token", "visitorToken is not a JWT");
  }

  #forget(source) {
    if (this.#source === source) this.#current = null;
  }
}

function stopped(signal) {
  return new Promise((_, reject) => {
    const stop = () => reject(new DOMException("Stopped", "AbortError"));
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
  });
}
