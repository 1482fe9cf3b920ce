/** What citizens said after a handoff: a rating, and sometimes a few words. */

import { make } from "./dom.js";
import { dayAndTime, word } from "./words.js";

const headOf = ({ rating, ended_at: at }) => `${word("rating_of_five", { rating })} · ${dayAndTime(at)}`;

/** In lines; the citizen's words keep their own direction. */
export function feedbackText(feedback) {
  return [headOf(feedback), feedback.comment && `\u2068${feedback.comment}\u2069`].filter(Boolean).join("\n");
}

export function feedbackItem(feedback, onOpen) {
  const head = [feedback.office, headOf(feedback)].filter(Boolean).join(" · ");
  const link = make("a", { text: head, href: `#/${encodeURIComponent(feedback.conversation_id)}` });
  link.addEventListener("click", onOpen);
  return make("li", {}, link, make("p", { className: "text", text: feedback.comment, dir: "auto" }));
}
