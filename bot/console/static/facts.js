/** What is known of a conversation, beside its messages. */

import { byId, make } from "./dom.js";
import { feedbackText } from "./feedback.js";
import { dayAndTime, hasWord, languageName, word } from "./words.js";

/** `guesses` are what the bot thought of when it was last not sure. */
export function renderFacts({ office, service, reason, language, channel, ticket, feedback = [] }, guesses) {
  const facts = [
    ["fact_office", office],
    ["fact_service", service],
    ["fact_reason", reason && (hasWord(`reason_${reason}`) ? word(`reason_${reason}`) : reason)],
    ["fact_language", languageName(language)],
    ["fact_channel", hasWord(`channel_${channel}`) ? word(`channel_${channel}`) : channel],
    ["fact_ticket", ticket && `#${ticket.number}`],
    ["fact_due", ticket && dayAndTime(ticket.due_at)],
    ["fact_question", ticket?.question],
    ["fact_rating", feedback.map(feedbackText).join("\n")],
    [guesses.length === 1 ? "fact_guess" : "fact_guesses", guesses.map(guessText).join("\n")],
  ];
  const shown = facts.filter(([, value]) => value);
  byId("facts-list").replaceChildren(
    ...shown.map(([key, value]) => make("div", {}, make("dt", { text: word(key) }), make("dd", { text: value }))),
  );
}

function guessText({ name, score }) {
  return typeof score === "number" ? `${name} (${Math.round(score * 100)}\u00a0%)` : name;
}
