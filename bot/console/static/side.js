/** Beside the conversation: what the bot would answer, and notes that only staff read. */

import { get, post } from "./api.js";
import { byId, make, notify, setText, show } from "./dom.js";
import { loadDraft, saveText } from "./drafts.js";
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
    this.#fill([]);
  }

  /** Asked once for each message of the citizen, and again when the member may answer. */
  async update(conversation, lastSeq) {
    const mayReply = Boolean(conversation.may?.includes("reply"));
    const isShown = mayReply || conversation.state === "waiting";
    show(byId("suggestions"), isShown);
    if (!isShown) this.clear();
    const wanted = `${conversation.id}:${lastSeq}:${mayReply}`;
    if (!isShown || this.#asked === wanted) return;
    this.#asked = wanted;
    setText(byId("suggestions-state"), word("suggestions_loading"));
    try {
      const { suggestions } = await get(`conversations/${encodeURIComponent(conversation.id)}/suggestions`);
      if (this.#asked !== wanted) return;
      setText(byId("suggestions-state"), suggestions.length ? "" : word("suggestions_none"));
      this.#fill(suggestions, mayReply);
    } catch {
      if (this.#asked === wanted) setText(byId("suggestions-state"), word("suggestions_failed"));
    }
  }

  #fill(suggestions, mayReply = false) {
    showCount("suggestions", suggestions.length);
    byId("suggestions-list").replaceChildren(...suggestions.map((each) => this.#toItem(each, mayReply)));
  }

  #toItem({ text, service, score, source_title: title, source_url: url }, mayReply) {
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
      title && make("p", { className: "source" }, toSource(title, url)),
      mayReply ? make("div", { className: "suggestion-steps" }, send, edit) : null,
    );
  }
}

function toSource(title, url) {
  if (!/^https?:/.test(url ?? "")) return word("source", { title });
  return make("a", { text: word("source", { title }), href: url, target: "_blank", rel: "noopener noreferrer" });
}

/** How many there are, beside the heading, because on narrow screens they are folded away. */
function showCount(name, count) {
  const element = byId(`${name}-count`);
  setText(element, count ? word(count === 1 ? `${name}_one` : `${name}_many`, { count }) : "");
  show(element, count > 0);
}

const draftOf = (id) => `${id}.note`;

export class Notes {
  #id = null;
  #box = byId("note");

  constructor() {
    this.#box.addEventListener("input", () => saveText(draftOf(this.#id), this.#box.value));
    byId("note-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#add();
    });
  }

  render(conversation) {
    if (this.#id !== conversation.id) this.#box.value = loadDraft(draftOf(conversation.id)).text;
    this.#id = conversation.id;
    show(byId("note-form"), Boolean(conversation.may?.includes("note")));
    const notes = conversation.notes ?? [];
    showCount("notes", notes.length);
    byId("notes-list").replaceChildren(...(notes.length ? notes.map(toItem) : [make("li", { className: "muted", text: word("notes_none") })]));
  }

  async #add() {
    const [id, text, button] = [this.#id, this.#box.value, byId("note-form").querySelector("button")];
    if (!text.trim() || button.disabled) return;
    button.disabled = true;
    try {
      await post(`conversations/${encodeURIComponent(id)}/notes`, { text });
      saveText(draftOf(id), "");
      if (id === this.#id && this.#box.value === text) this.#box.value = "";
    } catch (error) {
      notify(word(error.code === "offline" ? "failed_step_offline" : "failed_step"));
    } finally {
      button.disabled = false;
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
