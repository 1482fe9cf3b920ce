/** The reply box: who may write, drafts that survive, sending that never doubles. */

import { post } from "./api.js";
import { clearSent, loadDraft, saveText, sendingId } from "./drafts.js";
import { byId, setText, show } from "./dom.js";
import { word } from "./words.js";

const TYPING = 4_000;

export class Composer {
  #box = byId("reply");
  #send = byId("send");
  #problem = byId("send-problem");
  #state = byId("draft-state");
  #sending = new Set();
  #conversationId = null;
  #mayWrite = false;
  #maxLength;
  #onSent;
  #onCanned;
  #typedAt = 0;
  #typing = Promise.resolve();

  constructor({ maxLength, onSent, onCanned }) {
    this.#maxLength = maxLength;
    this.#onSent = onSent;
    this.#onCanned = onCanned;
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
    this.#box.addEventListener("input", () => this.#onInput());
  }

  get hasDraft() {
    return this.#box.value.trim() !== "";
  }

  focus() {
    this.#box.focus();
  }

  clear() {
    saveText(this.#conversationId, "");
    this.#box.value = "";
    this.#update();
  }

  /** Put a text where the cursor is, for the person to edit. */
  insert(text) {
    if (!this.#mayWrite) return;
    const { selectionStart: start, selectionEnd: end, value } = this.#box;
    const gap = start > 0 && !/\s$/.test(value.slice(0, start)) ? " " : "";
    this.#box.setRangeText(gap + text, start, end, "end");
    this.#onInput();
    this.focus();
  }

  /** Send a text as it is; what was being written stays. */
  async sendText(text) {
    if (!this.#mayWrite || this.#sending.has(this.#conversationId)) return;
    const draft = this.#box.value;
    this.#box.value = text;
    this.#update();
    await this.#submit();
    if (this.#box.value === "") {
      this.#box.value = draft;
      this.#keep();
    }
  }

  open(conversationId) {
    this.#conversationId = conversationId;
    this.#box.value = loadDraft(conversationId).text;
    this.#showProblem("");
    this.#fit();
    this.allow(word("loading"));
  }

  /** `obstacle` says why this member can't write, or is empty. */
  allow(obstacle) {
    const hadFocus = document.activeElement === this.#box;
    this.#mayWrite = obstacle === "";
    this.#box.disabled = !this.#mayWrite;
    this.#box.placeholder = obstacle;
    byId("canned-open").disabled = !this.#mayWrite;
    if (hadFocus && !this.#mayWrite) byId("log").focus();
    this.#update();
  }

  #onKey(event) {
    if (event.key === "/" && this.#box.value === "") {
      event.preventDefault();
      this.#onCanned();
      return;
    }
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #onInput() {
    this.#keep();
    this.#sayTyping();
  }

  #keep() {
    saveText(this.#conversationId, this.#box.value);
    this.#showProblem("");
    this.#fit();
    this.#update();
  }

  /** The citizen sees that somebody writes; said every few seconds at most, and it is only a sign. */
  #sayTyping() {
    if (!this.#mayWrite || !this.hasDraft || Date.now() - this.#typedAt < TYPING) return;
    this.#typedAt = Date.now();
    this.#typing = post(`conversations/${this.#conversationId}/typing`, { is_typing: true }).catch(() => {});
  }

  /** A reply must not be overtaken by the sign that it is being written, nor be held up by it for ever. */
  #typingIsSaid() {
    return Promise.race([this.#typing, new Promise((resolve) => setTimeout(resolve, TYPING))]);
  }

  async #submit() {
    const conversationId = this.#conversationId;
    const text = this.#box.value;
    if (this.#send.disabled || !text.trim()) return;
    const id = sendingId(conversationId, text);
    this.#sending.add(conversationId);
    this.#update();
    try {
      await this.#typingIsSaid();
      await post(`conversations/${conversationId}/replies`, { client_message_id: id, text });
      this.#arrived(conversationId, id, text);
    } catch (error) {
      if (conversationId === this.#conversationId) this.#showProblem(problemOf(error));
      if (error.status === 409 || error.status === 404) this.#onSent(conversationId);
    } finally {
      this.#sending.delete(conversationId);
      this.#update();
    }
  }

  #arrived(conversationId, id, text) {
    clearSent(conversationId, id);
    if (conversationId === this.#conversationId && this.#box.value === text) this.#box.value = "";
    this.#typedAt = 0;
    this.#fit();
    this.#onSent(conversationId);
  }

  #showProblem(text) {
    setText(this.#problem, text);
    show(this.#problem, text !== "");
    setText(this.#send, word(text ? "send_again" : "send"));
  }

  #update() {
    const isSending = this.#sending.has(this.#conversationId);
    const tooMany = this.#box.value.length - this.#maxLength;
    this.#send.disabled = !this.#mayWrite || isSending || !this.hasDraft || tooMany > 0;
    setText(this.#state, this.#stateText(isSending, tooMany));
  }

  #stateText(isSending, tooMany) {
    if (isSending) return word("sending");
    if (tooMany > 0) return word("too_long", { count: tooMany });
    return this.hasDraft ? word("draft_kept") : "";
  }

  #fit() {
    const lines = this.#box.value.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 70)), 0);
    const [least, most] = matchMedia("(max-width: 760px)").matches ? [2, 6] : [3, 10];
    this.#box.rows = Math.min(Math.max(lines + 1, least), most);
  }
}

function problemOf(error) {
  if (error.code === "offline") return word("failed_offline");
  return error.status === 409 || error.status === 404 ? word("failed_not_mine") : word("failed_send");
}
