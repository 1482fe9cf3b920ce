/** The log of messages: appended once each by number, never rewritten. */

import { byId, make, show } from "./dom.js";
import { calendarDate, clockTime, dayName, word } from "./words.js";

const NEAR = 80;

export class Messages {
  #log = byId("log");
  #below = byId("below");
  #seen = 0;
  #said = 0;
  #day = "";
  #follows = true;
  #top = 0;

  constructor() {
    this.#below.addEventListener("click", () => this.toEnd());
    this.#log.addEventListener("scroll", () => this.#scrolled());
    new ResizeObserver(() => this.#follows && this.toEnd()).observe(this.#log);
  }

  get lastSeq() {
    return this.#seen;
  }

  /** Number of the citizen's last message. */
  get lastCitizenSeq() {
    return this.#said;
  }

  clear() {
    this.#log.replaceChildren();
    this.#seen = 0;
    this.#said = 0;
    this.#day = "";
    this.#follows = true;
    show(this.#below, false);
  }

  append(messages, { myName, language }) {
    const fresh = messages.filter((message) => message.seq > this.#seen);
    for (const message of fresh) {
      this.#appendDay(message);
      this.#log.append(bubble(message, myName, language));
      this.#seen = message.seq;
      if (message.author === "citizen") this.#said = message.seq;
    }
    const mine = fresh.some((message) => message.author === "staff" && message.author_name === myName);
    if (this.#follows || mine) this.toEnd();
    else if (fresh.length) show(this.#below, true);
  }

  toEnd() {
    this.#follows = true;
    this.#log.scrollTop = this.#log.scrollHeight;
    show(this.#below, false);
  }

  /** Only scrolling up ends it: a log that shrinks because something else on the page grew is not a wish to read. */
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    if (scrollHeight - scrollTop - clientHeight < NEAR) {
      this.#follows = true;
      show(this.#below, false);
    } else if (scrollTop < this.#top) this.#follows = false;
    this.#top = scrollTop;
  }

  #appendDay(message) {
    const day = dayName(message.created_at);
    if (day === this.#day) return;
    this.#day = day;
    this.#log.append(make("p", { className: "day", text: day }));
  }
}

function bubble(message, myName, language) {
  const article = make("article", { className: `message by-${message.author}`, "data-seq": message.seq });
  const line = make("p", { className: "byline" });
  line.append(make("strong", { text: authorName(message, myName) }), " ");
  line.append(make("time", { text: clockTime(message.created_at), datetime: message.created_at }));
  const body = make("div", { className: "bubble" });
  body.append(make("p", { className: "text", text: message.text, lang: language, dir: "auto" }));
  body.append(...extras(message));
  article.append(line, body);
  return article;
}

function authorName(message, myName) {
  if (message.author !== "staff") return word(`author_${message.author}`);
  return message.author_name === myName ? `${word("author_me")} (${myName})` : message.author_name;
}

function extras(message) {
  const parts = [];
  const links = message.links.filter((link) => /^https?:/.test(link.url));
  if (links.length) parts.push(make("p", { className: "links" }, ...links.map(toAnchor)));
  if (message.buttons.length) {
    const titles = message.buttons.map((title) => make("span", { className: "tag", text: title }));
    parts.push(make("p", { className: "offered" }, make("span", { text: word("offered") }), ...titles));
  }
  const source = sourceText(message);
  if (source) parts.push(make("p", { className: "source", text: source }));
  return parts;
}

function toAnchor(link) {
  return make("a", { text: link.title, href: link.url, target: "_blank", rel: "noopener noreferrer" });
}

function sourceText(message) {
  const parts = [];
  if (message.source_title) parts.push(word("source", { title: message.source_title }));
  if (message.reviewed_on) parts.push(word("reviewed", { date: calendarDate(message.reviewed_on) }));
  return parts.join(" · ");
}
