/** A line in the open conversation for whoever has it: that it was taken from them, or given to them, without their doing. */

import { get } from "./api.js";
import { byId, setText, show } from "./dom.js";
import { word } from "./words.js";

export class Change {
  #session;
  #asked = 0;

  constructor(session) {
    this.#session = session;
    byId("change-close").addEventListener("click", () => this.clear());
  }

  clear() {
    this.#asked += 1;
    show(byId("change-line"), false);
    setText(byId("change-text"), "");
  }

  /** Both are the same conversation, before and after somebody else or the system has changed it. */
  async look(before, after) {
    const [wasOwn, isOwn] = [before, after].map((each) => this.#isOwn(each));
    if (before.state === after.state || !(wasOwn || isOwn)) return;
    const key = isOwn ? gained(wasOwn, after) : lost(before, after);
    if (!key) return;
    this.clear();
    const asked = this.#asked;
    const reason = key === "change_ticket" ? await this.#reason(after) : "";
    if (asked !== this.#asked) return;
    const { assignee, office, ticket } = after;
    const text = word(key, { name: assignee?.name ?? "", office: office ?? "", number: ticket?.number ?? "" });
    show(byId("change-line"), true);
    setText(byId("change-text"), [reason, text].filter(Boolean).join(" "));
  }

  #isOwn({ state, assignee }) {
    return state === "mine" || (state === "snoozed" && assignee?.id === this.#session.staff.id);
  }

  /** Whether the office has closed or the citizen waited too long; nothing where the server is out of reach. */
  async #reason({ office_id: id }) {
    try {
      const office = (await get("session")).offices.find((each) => each.id === id);
      return office ? word(office.is_open ? "change_silence" : "change_closed") : "";
    } catch {
      return "";
    }
  }
}

function gained(wasOwn, after) {
  if (!wasOwn) return "change_given";
  return after.state === "mine" && "change_back";
}

function lost(before, after) {
  if (after.state === "gone") return "gone_hint";
  if (after.state === "colleague" || after.state === "snoozed") return "change_taken";
  const isMoved = before.office_id !== after.office_id;
  if (after.state === "waiting") return isMoved ? "change_moved" : "change_waiting";
  return after.state === "bot" && (isMoved ? "change_moved_ticket" : "change_ticket");
}
