/** The conversation on the right: its facts, its messages, and the steps that are open to this member. */

import { get, post } from "./api.js";
import { Canned } from "./canned.js";
import { Change } from "./change.js";
import { Composer } from "./composer.js";
import { renderFacts } from "./facts.js";
import { closeMenu, keepMenuTidy } from "./menu.js";
import { byId, confirm, notify, setText, show } from "./dom.js";
import { Messages } from "./messages.js";
import { topicOf } from "./queue.js";
import { Notes, Suggestions } from "./side.js";
import { askDestination, askMember, askMoment, askResult } from "./steps.js";
import { dative, dayAndTime, dueTime, waitingTime, word } from "./words.js";

const VIEWING = 45_000;
const TYPING = 9_000;
const OVER = ["resolved", "returned", "gone"];

export class ConversationView {
  #session;
  #presence;
  #onStep;
  #id = null;
  #current = null;
  #guesses = [];
  #loading = null;
  #again = false;
  #messages = new Messages();
  #composer;
  #canned;
  #notes = new Notes();
  #suggestions;
  #change;
  #stepping = null;
  #typingTimer = 0;

  constructor({ session, presence, onStep }) {
    this.#session = session;
    this.#presence = presence;
    this.#onStep = onStep;
    this.#composer = new Composer({ maxLength: session.max_length, onSent: (id) => this.#afterSending(id), onCanned: () => this.#canned.open() });
    this.#change = new Change(session);
    this.#canned = new Canned({ responses: session.canned_responses, onChoose: (text) => this.#composer.insert(text) });
    this.#suggestions = new Suggestions({ onSend: (text) => this.#composer.sendText(text), onEdit: (text) => this.#composer.insert(text) });
    byId("claim").addEventListener("click", () => this.#claim({}));
    byId("take-over").addEventListener("click", () => this.#takeOver());
    byId("resolve").addEventListener("click", () => this.#finish("resolve", "done_resolved", () => askResult(session)));
    byId("return").addEventListener("click", () => this.#finish("return", "done_returned"));
    byId("release").addEventListener("click", () => this.#finish("release", "done_released"));
    byId("snooze").addEventListener("click", () => this.#pass("snooze", "done_snoozed", askMoment));
    byId("assign").addEventListener("click", () => this.#pass("assign", "done_assigned", () => askMember(session, presence.colleagues)));
    byId("transfer").addEventListener("click", () =>
      this.#finish("transfer", "done_transferred", async () => askDestination(await freshSession(session), this.#current.office_id)),
    );
    keepMenuTidy();
    setInterval(() => this.#current && this.#renderState(), 1000);
    setInterval(() => this.#sayViewing(this.#id, true), VIEWING);
    addEventListener("pagehide", () => this.#sayViewing(this.#id, false));
  }

  /** By keyboard: to the reply box of whoever may write, else the conversation is taken over. */
  answer() {
    if (this.#current?.state === "mine") this.#composer.focus();
    else if (!byId("claim").hidden) byId("claim").click();
  }

  writeNote() {
    if (!this.#current || byId("note-form").hidden) return;
    byId("facts").open = true;
    byId("note").focus();
  }

  get id() {
    return this.#id;
  }

  /** After opening by hand: to the reply box of whoever may write, else to the conversation where it hides the list. */
  focus() {
    if (this.#current?.state === "mine") this.#composer.focus();
    else if (getComputedStyle(byId("back")).display !== "none") byId("conversation").focus();
  }

  async open(id) {
    if (id !== this.#id) {
      this.#sayViewing(this.#id, false);
      this.#sayViewing(id, true);
      this.#id = id;
      this.#current = null;
      this.#guesses = [];
      this.#messages.clear();
      this.#suggestions.clear();
      this.#change.clear();
      this.#showTyping(false);
      closeMenu();
      if (id) this.#composer.open(id);
    }
    show(byId("blank"), !id);
    show(byId("open"), Boolean(id && this.#current));
    if (id) await this.refresh();
  }

  /** Fetch what is new; calls that come while one is under way are answered by one more fetch after it. */
  async refresh() {
    if (!this.#id) return;
    if (this.#loading) {
      this.#again = true;
      await this.#loading;
      return;
    }
    this.#loading = this.#fetchUntilQuiet();
    try {
      await this.#loading;
    } finally {
      this.#loading = null;
    }
  }

  async #fetchUntilQuiet() {
    do {
      this.#again = false;
      await this.#fetch(this.#id);
    } while (this.#again || (this.#id && this.#current?.id !== this.#id));
  }

  async #fetch(id) {
    try {
      const answer = await get(`conversations/${encodeURIComponent(id)}?after=${this.#messages.lastSeq}`);
      if (id === this.#id) this.#render(answer);
    } catch (error) {
      if (id !== this.#id) return;
      if (error.status === 404) this.#renderGone(id);
      else if (!this.#current) this.#current = { id, state: "unknown" };
    }
  }

  #render({ conversation, messages }) {
    this.#become(conversation);
    show(byId("open"), true);
    this.#messages.append(messages, { myName: this.#session.staff.name, language: conversation.language });
    this.#guesses = messages.findLast((message) => message.guesses.length)?.guesses ?? this.#guesses;
    setText(byId("topic"), topicOf(conversation));
    this.#renderState();
    renderFacts(conversation, this.#guesses);
    this.#renderSteps();
    this.#renderTogether();
    this.#suggestions.update(conversation, this.#messages.lastCitizenSeq);
  }

  /** What this member did not do themselves is said, and stays to be read. */
  #become(conversation) {
    const before = this.#current;
    this.#current = conversation;
    if (before && before.state !== "unknown" && this.#stepping !== conversation.id) this.#change.look(before, conversation);
  }

  /** What colleagues and the citizen do at this moment. */
  #renderTogether() {
    const { viewers = [], citizen_is_typing: isTyping, language, placeholders = {} } = this.#current;
    const names = viewers.map((each) => dative(each.name).replaceAll(" ", "\u00a0")).join(", ");
    setText(byId("viewers"), names && word("viewers", { names }));
    show(byId("viewers"), names !== "");
    this.#showTyping(isTyping);
    this.#notes.render(this.#current);
    this.#canned.setContext(language, placeholders);
  }

  /** Nobody tells when the citizen stops, so the sign fades by itself. */
  #showTyping(isTyping) {
    clearTimeout(this.#typingTimer);
    setText(byId("typing"), isTyping ? word("citizen_typing") : "");
    if (isTyping) this.#typingTimer = setTimeout(() => this.#showTyping(false), TYPING);
  }

  /** So that colleagues see who else has it open; it counts for a minute and a half. */
  async #sayViewing(id, isOpen) {
    if (!id || this.#current?.state === "gone") return;
    try {
      await post(`conversations/${encodeURIComponent(id)}/viewing`, { is_open: isOpen });
    } catch {
      /* only a sign */
    }
  }

  #renderGone(id) {
    if (this.#current?.state === "gone") return;
    this.#become({ ...(this.#current ?? {}), id, state: "gone", assignee: null, ticket: null });
    show(byId("open"), true);
    setText(byId("topic"), topicOf(this.#current));
    this.#renderState();
    if (!this.#messages.lastSeq) notify(word("gone_hint"));
    this.#renderSteps();
  }

  #renderState() {
    const { state, assignee, waiting_since: since, snoozed_until: until, ticket } = this.#current;
    if (state === "unknown") return;
    setText(byId("state"), word(`state_${state}`, { name: dative(assignee?.name ?? "") }));
    byId("state").dataset.state = state;
    const times = [];
    if (state === "waiting" && since) times.push(waitingTime(since).text);
    if (state === "snoozed" && until) times.push(word("snoozed_until", { time: dayAndTime(until) }));
    if (ticket) times.push(word("ticket_number", { number: ticket.number }), dueTime(ticket.due_at).text);
    setText(byId("state-time"), times.join(" · "));
  }

  #renderSteps() {
    const { state, assignee, may = [] } = this.#current;
    const name = assignee?.name ?? "";
    const isOwnSnoozed = state === "snoozed" && assignee?.id === this.#session.staff.id;
    show(byId("claim"), may.includes("claim") && (state === "waiting" || state === "bot" || isOwnSnoozed));
    show(byId("take-over"), state === "colleague");
    setText(byId("take-over"), word("take_over_from", { name: dative(name) }));
    show(byId("resolve"), may.includes("resolve"));
    const further = ["transfer", "assign", "snooze", "release", "return"];
    for (const step of further) show(byId(step), may.includes(step));
    show(byId("more"), further.some((step) => may.includes(step)));
    const obstacles = { mine: "", colleague: word("reply_colleague", { name }) };
    this.#composer.allow(obstacles[state] ?? word(OVER.includes(state) ? "reply_over" : "reply_claim_first"));
  }

  async #claim(body) {
    const id = this.#id;
    const taken = await this.#step(id, "claim", body);
    if (taken && id === this.#id) this.#composer.focus();
  }

  async #takeOver() {
    const { id, name } = this.#current.assignee ?? {};
    if (!id) return;
    const title = word("confirm_take_over_title", { name: dative(name) });
    if (await confirm(title, word("confirm_take_over", { name }))) await this.#claim({ instead_of: id });
  }

  /** The conversation leaves this member: a draft would be lost, so it is asked about first. */
  async #finish(step, done, choose = async () => undefined) {
    const id = this.#id;
    closeMenu();
    if (this.#composer.hasDraft && !(await confirm(word("confirm_draft_title"), word("confirm_draft")))) return;
    const body = await choose();
    if (body === null || !(await this.#step(id, step, body))) return;
    if (id === this.#id) this.#composer.clear();
    notify(word(done));
  }

  async #pass(step, done, choose) {
    const id = this.#id;
    closeMenu();
    const body = await choose();
    if (body && (await this.#step(id, step, body))) notify(word(done));
  }

  async #step(id, step, body) {
    const buttons = ["claim", "take-over", "resolve", "return", "release", "transfer", "assign", "snooze"].map(byId);
    for (const button of buttons) button.disabled = true;
    this.#stepping = id;
    try {
      await post(`conversations/${encodeURIComponent(id)}/${step}`, body);
      if (id === this.#id) this.#change.clear();
      return true;
    } catch (error) {
      this.#stepping = null;
      await this.#explain(id, error);
      return false;
    } finally {
      for (const button of buttons) button.disabled = false;
      await this.refresh();
      this.#stepping = null;
      this.#onStep();
    }
  }

  async #explain(id, error) {
    if (error.code === "offline") return notify(word("failed_step_offline"));
    if (error.status !== 409 && error.status !== 404) return notify(word("failed_step"));
    await this.refresh();
    const holder = this.#current?.state === "colleague" ? this.#current.assignee.name : null;
    return notify(holder && id === this.#id ? word("claimed_by_other", { name: dative(holder) }) : word("changed_meanwhile"));
  }

  async #afterSending(id) {
    if (id === this.#id) await this.refresh();
    this.#onStep();
  }
}

/** Which offices are open and who is there now; what was known at the start where the server is out of reach. */
async function freshSession(session) {
  try {
    return { ...session, ...(await get("session")) };
  } catch {
    return session;
  }
}
