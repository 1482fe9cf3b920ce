/** The list on the left: its groups and search, times that run, one tab stop and arrow keys. */

import { announce, make, setText, show } from "./dom.js";
import { Filters } from "./filters.js";
import { Folds } from "./folds.js";
import { dayAndTime, dueTime, hasWord, languageName, setClock, waitingTime, word } from "./words.js";

const GROUPS = ["waiting", "mine", "snoozed", "colleagues", "tickets"];

export class Queue {
  #nav = document.getElementById("queue");
  #filters;
  #onOpen;
  #language;
  #known = null;
  #rows = new Map();
  #last = null;
  #selectedId = null;

  constructor({ language, onOpen }) {
    this.#language = language;
    this.#onOpen = onOpen;
    this.#filters = new Filters(() => this.#last && this.render(this.#last, this.#selectedId));
    new Folds(this.#nav);
    this.#nav.addEventListener("keydown", (event) => this.#move(event));
    this.#nav.addEventListener("focusin", (event) => this.#makeTabStop(event.target.closest(".row, .fold")));
    setInterval(() => this.tick(), 1000);
  }

  render(queue, selectedId) {
    setClock(queue.now);
    this.#last = queue;
    this.#selectedId = selectedId;
    const focusedId = document.activeElement?.closest?.(".row")?.dataset.id;
    const seen = new Set();
    this.#filters.offerLanguages(GROUPS.flatMap((group) => queue[group]));
    for (const group of GROUPS) {
      const wanted = queue[group].filter((entry) => this.#filters.wants(entry, group));
      this.#renderGroup(group, wanted, selectedId, seen, queue[group].length - wanted.length);
    }
    for (const [id, row] of this.#rows) if (!seen.has(id)) this.#remove(id, row);
    document.title = queue.attention ? `(${queue.attention}) ${word("brand")}` : word("brand");
    this.#announceNew(queue.waiting);
    this.tick();
    this.#keepTabStop();
    if (focusedId && document.activeElement?.dataset?.id !== focusedId) this.focus(focusedId);
  }

  /** What a search has found, above the groups; null puts the groups back. */
  renderFound(rows, selectedId) {
    const isSearch = rows !== null;
    for (const section of this.#nav.querySelectorAll(".group")) show(section, (section.dataset.group === "found") === isSearch);
    if (!isSearch) {
      for (const [id, row] of this.#rows) if (row.closest('[data-group="found"]')) this.#remove(id, row);
      return this.#last && this.render(this.#last, selectedId);
    }
    const seen = new Set();
    this.#renderGroup("found", rows, selectedId, seen);
    for (const [id, row] of this.#rows) if (row.closest('[data-group="found"]') && !seen.has(id)) this.#remove(id, row);
    this.tick();
    return this.#keepTabStop();
  }

  markSelected(selectedId) {
    this.#selectedId = selectedId;
    for (const [id, row] of this.#rows) this.#mark(row, id === selectedId);
  }

  focus(id) {
    (this.#rows.get(id) ?? this.#all()[0])?.focus();
  }

  tick() {
    for (const element of this.#nav.querySelectorAll("[data-since], [data-due]")) {
      const { since, due } = element.dataset;
      const { text, level } = since ? waitingTime(since) : dueTime(due);
      setText(element, since ? word("waits_for", { time: text }) : text);
      element.dataset.level = level;
    }
  }

  /** Opens whoever has waited longest. */
  openFirst() {
    const first = this.#nav.querySelector('[data-group="waiting"] .row');
    if (first) this.#onOpen(first.dataset.id);
  }

  #renderGroup(group, entries, selectedId, seen, left = 0) {
    const section = this.#nav.querySelector(`[data-group="${group}"]`);
    const list = section.querySelector("ul");
    const count = section.querySelector(".count");
    setText(count, String(entries.length));
    show(count, entries.length > 0);
    show(section.querySelector(".empty"), entries.length + left === 0);
    const filtered = section.querySelector(".filtered");
    if (filtered) {
      setText(filtered, left === 1 ? word("filtered_one") : word("filtered_many", { count: left }));
      show(filtered, left > 0);
    }
    entries.forEach((entry, position) => {
      seen.add(entry.id);
      const row = this.#rows.get(entry.id) ?? this.#add(entry.id);
      this.#fill(row, entry, group);
      this.#mark(row, entry.id === selectedId);
      if (list.children[position] !== row.parentElement) list.insertBefore(row.parentElement, list.children[position] ?? null);
    });
  }

  #add(id) {
    const row = make("button", { className: "row", type: "button", "data-id": id, tabindex: "-1" });
    row.addEventListener("click", () => this.#onOpen(id));
    make("li", {}, row);
    this.#rows.set(id, row);
    return row;
  }

  #remove(id, row) {
    const neighbour = row.parentElement.nextElementSibling ?? row.parentElement.previousElementSibling;
    const hadFocus = document.activeElement === row;
    row.parentElement.remove();
    this.#rows.delete(id);
    if (hadFocus) (neighbour?.querySelector(".row") ?? this.#all()[0])?.focus();
  }

  #fill(row, entry, group) {
    const content = JSON.stringify([entry, group]);
    if (row.dataset.content === content) return;
    row.dataset.content = content;
    row.replaceChildren(this.#firstLine(entry, group), this.#snippet(entry), this.#lastLine(entry, group));
  }

  #firstLine(entry, group) {
    const line = make("span", { className: "row-line" });
    line.append(make("span", { className: "row-topic", text: topicOf(entry) }));
    if (entry.language !== this.#language) line.append(make("span", { className: "tag", text: languageName(entry.language) }));
    if (entry.is_escalated) line.append(make("span", { className: "tag urgent", text: word("escalated") }));
    if (entry.unread && group !== "colleagues") line.append(unreadBadge(entry.unread));
    return line;
  }

  #snippet(entry) {
    const text = entry.ticket && entry.state !== "mine" ? entry.ticket.question : entry.last_text;
    return make("span", { className: "row-text", text, lang: entry.language, dir: "auto" });
  }

  #lastLine(entry, group) {
    const line = make("span", { className: "row-line row-meta" });
    if (group === "colleagues") line.append(make("span", { className: "row-holder", text: entry.assignee?.name ?? "" }));
    else line.append(make("span", { className: "row-office", text: placeText(entry) }));
    if (entry.snoozed_until) line.append(make("span", { className: "row-time", text: word("snoozed_until", { time: dayAndTime(entry.snoozed_until) }) }));
    else if (group === "waiting") line.append(make("span", { className: "row-time", "data-since": entry.waiting_since }));
    else if (entry.ticket) line.append(make("span", { className: "row-time", "data-due": entry.ticket.due_at }));
    return line;
  }

  #mark(row, isSelected) {
    if (isSelected) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }

  #announceNew(waiting) {
    const fresh = this.#known && waiting.filter((entry) => !this.#known.has(entry.id));
    if (fresh?.length) announce(fresh.map((entry) => word("new_waiting", { topic: topicOf(entry) })).join(". "));
    this.#known = new Set(waiting.map((entry) => entry.id));
  }

  #all(what = ".row") {
    const groups = [...this.#nav.querySelectorAll(".group:not([hidden])")];
    return groups.flatMap((group) => [...group.querySelectorAll(what)].filter((each) => each.offsetParent));
  }

  #move(event) {
    const rows = this.#all(".fold, .row");
    const at = rows.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    rows[Math.min(Math.max(to, 0), rows.length - 1)].focus();
  }

  #makeTabStop(row) {
    if (row) for (const each of this.#nav.querySelectorAll(".fold, .row")) each.tabIndex = each === row ? 0 : -1;
  }

  #keepTabStop() {
    const stops = this.#all(".fold, .row");
    if (stops.some((each) => each.tabIndex === 0)) return;
    const rows = stops.filter((each) => each.matches(".row"));
    this.#makeTabStop(rows.find((row) => row.hasAttribute("aria-current")) ?? rows[0] ?? stops[0]);
  }
}

export const topicOf = (entry) => entry.service ?? entry.office ?? word("enquiry");

/** What the line above does not say yet: ticket, office, and the channel where it is not the usual one. */
function placeText(entry) {
  const office = entry.service ? entry.office : null;
  const number = entry.ticket ? `#${entry.ticket.number}` : null;
  const channel = hasWord(`channel_${entry.channel}`) ? word(`channel_${entry.channel}`) : entry.channel;
  return [number, office, entry.channel !== "web" && channel].filter(Boolean).join(" · ");
}

function unreadBadge(count) {
  const label = count === 1 ? word("unread_one") : word("unread_many", { count });
  const badge = make("span", { className: "badge" });
  badge.append(make("span", { text: String(count), "aria-hidden": "true" }), make("span", { className: "visually-hidden", text: label }));
  return badge;
}
