/** What the panel fetches before its first answer: how questions and answers look. */
import { adopt } from "../dom.js";
import { Card } from "./card.js";
import { Turn } from "./turn.js";
import styles from "./answer.css";

/** The turns of one panel and the card of their footnotes. */
export class Answers {
  #surroundings;
  #card;

  /**
   * @param {HTMLElement} panel
   * @param {object} surroundings As of a turn, but for `card`.
   */
  constructor(panel, surroundings) {
    adopt(panel.getRootNode(), styles);
    this.#card = new Card(surroundings.t);
    this.#surroundings = { ...surroundings, card: this.#card };
    panel.append(this.#card.element);
  }

  begin(question) {
    return new Turn(question, this.#surroundings);
  }

  /** The conversation scrolls. */
  followScroll() {
    this.#card.follow();
  }

  hideCard() {
    this.#card.hide();
  }
}
