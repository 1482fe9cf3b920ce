/** The list on the left: its groups, filters and search, times that run, one tab stop and arrow keys. */

import { announce, byId, make, setText, show } from "./dom.js";
import { dayAndTime, dueTime, languageName, setClock, waitingTime, word } from "./words.js";

const GROUPS = ["waiting", "mine", "snoozed", "colleagues", "tickets"];

const OWN_TEAM = "rathausbote.own-team";

export class Queue {
  #nav = byId("queue");
  #onOpen;
  #language;
  #known = null;
  #rows = new Map();
  #last = null;
  #selectedId = null;

  constructor({ language, onOpen }) {
    this.#language = language;
    this.#onOpen = onOpen;
    const refilter = () => this.#last && this.render(this.#last, this.#selectedId);
    byId("own-team").checked = localStorage.getItem(OWN_TEAM) === "yes";
    byId("own-team").addEventListener("change", () => {
      localStorage.setItem(OWN_TEAM, byId("own-team").checked ? "yes" : "no");
      refilter();
    });
    byId("channel").addEventListener("change", refilter);
    this.#nav.addEventListener("keydown", (event) => this.#move(event));
    this.#nav.addEventListener("focusin", (event) => this.#makeTabStop(event.target.closest(".row")));
    setInterval(() => this.tick(), 1000);
  }

  render(queue, selectedId) {
    setClock(queue.now);
    this.#last = queue;
    this.#selectedId = selectedId;
    const focusedId = document.activeElement?.closest?.(".row")?.dataset.id;
    const seen = new Set();
    for (const group of GROUPS) this.#renderGroup(group, queue[group].filter((entry) => isWanted(entry, group)), selectedId, seen);
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

  #renderGroup(group, entries, selectedId, seen) {
    const section = this.#nav.querySelector(`[data-group="${group}"]`);
    const list = section.querySelector("ul");
    const count = section.querySelector(".count");
    setText(count, String(entries.length));
    show(count, entries.length > 0);
    show(section.querySelector(".empty"), entries.length === 0);
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
    else line.append(make("span", { className: "row-office", text: officeText(entry, group) }));
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

  #all() {
    return [...this.#nav.querySelectorAll(".group:not([hidden]) .row")];
  }

  #move(event) {
    const rows = this.#all();
    const at = rows.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    rows[Math.min(Math.max(to, 0), rows.length - 1)].focus();
  }

  #makeTabStop(row) {
    if (row) for (const each of this.#all()) each.tabIndex = each === row ? 0 : -1;
  }

  #keepTabStop() {
    const rows = this.#all();
    if (!rows.some((row) => row.tabIndex === 0)) {
      this.#makeTabStop(rows.find((row) => row.hasAttribute("aria-current")) ?? rows[0]);
    }
  }
}

/** Own conversations are never filtered out. */
function isWanted(entry, group) {
  if (group === "mine" || group === "snoozed") return true;
  const channel = byId("channel").value;
  return (!channel || entry.channel === channel) && (!byId("own-team").checked || entry.is_own_team);
}

export const topicOf = (entry) => entry.service ?? entry.office ?? word("enquiry");

function officeText(entry, group) {
  const office = entry.service || group === "tickets" ? entry.office : null;
  const number = entry.ticket ? `#${entry.ticket.number}` : null;
  return [number, office].filter(Boolean).join(" · ");
}

function unreadBadge(count) {
  const label = count === 1 ? word("unread_one") : word("unread_many", { count });
  const badge = make("span", { className: "badge" });
  badge.append(make("span", { text: String(count), "aria-hidden": "true" }), make("span", { className: "visually-hidden", text: label }));
  return badge;
}
