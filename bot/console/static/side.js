/** Beside the conversation: what the bot would answer, and notes that only staff read. */

import { get, post } from "./api.js";
import { byId, make, notify, setText, show } from "./dom.js";
import { dayAndTime, word } from "./words.js";

export class Suggestions {
  #onSend;
  #onEdit;
  #asked = null;

  constructor({ onSend, onEdit }) {
    this.#onSend = onSend;
    this.#onEdit = onEdit;
  }

  clear() {
    this.#asked = null;
    show(byId("suggestions"), false);
    byId("suggestions-list").replaceChildren();
  }

  /** Asked once for each message of the citizen, and again when the member may answer. */
  async update(conversation, lastSeq) {
    const mayReply = Boolean(conversation.may?.includes("reply"));
    const isShown = mayReply || conversation.state === "waiting";
    show(byId("suggestions"), isShown);
    const wanted = `${conversation.id}:${lastSeq}:${mayReply}`;
    if (!isShown || this.#asked === wanted) return;
    this.#asked = wanted;
    setText(byId("suggestions-state"), word("suggestions_loading"));
    try {
      const { suggestions } = await get(`conversations/${encodeURIComponent(conversation.id)}/suggestions`);
      if (this.#asked !== wanted) return;
      setText(byId("suggestions-state"), suggestions.length ? "" : word("suggestions_none"));
      byId("suggestions-list").replaceChildren(...suggestions.map((each) => this.#toItem(each, mayReply)));
    } catch {
      if (this.#asked === wanted) setText(byId("suggestions-state"), word("suggestions_failed"));
    }
  }

  #toItem({ text, service, score }, mayReply) {
    const head = [service, typeof score === "number" ? `${Math.round(score * 100)} %` : null].filter(Boolean).join(" · ");
    const send = make("button", { className: "quiet", type: "button", text: word("suggestion_send") });
    const edit = make("button", { className: "quiet", type: "button", text: word("suggestion_edit") });
    send.addEventListener("click", () => this.#onSend(text));
    edit.addEventListener("click", () => this.#onEdit(text));
    return make(
      "li",
      { className: "suggestion" },
      make("p", { className: "suggestion-head", text: head }),
      make("p", { className: "text", text, dir: "auto" }),
      mayReply ? make("div", { className: "suggestion-steps" }, send, edit) : null,
    );
  }
}

export class Notes {
  #id = null;
  #box = byId("note");

  constructor() {
    byId("note-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#add();
    });
  }

  render(conversation) {
    if (this.#id !== conversation.id) this.#box.value = "";
    this.#id = conversation.id;
    show(byId("note-form"), Boolean(conversation.may?.includes("note")));
    const notes = conversation.notes ?? [];
    byId("notes-list").replaceChildren(...(notes.length ? notes.map(toItem) : [make("li", { className: "muted", text: word("notes_none") })]));
  }

  async #add() {
    const text = this.#box.value;
    if (!text.trim()) return;
    try {
      await post(`conversations/${encodeURIComponent(this.#id)}/notes`, { text });
      this.#box.value = "";
    } catch (error) {
      notify(word(error.code === "offline" ? "failed_step_offline" : "failed_step"));
    }
  }
}

function toItem({ author, text, created_at: at }) {
  return make(
    "li",
    { className: "note" },
    make("p", { className: "byline" }, make("strong", { text: author }), ` · ${dayAndTime(at)}`),
    make("p", { className: "text", text, dir: "auto" }),
  );
}
