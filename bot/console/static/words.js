/** Words and times of the surface, in the language of the signed-in member. */

let words = {};
let locale = "de-DE";
let timezone = "Europe/Berlin";
let clockOffset = 0;

export function setWords(session) {
  words = session.words;
  locale = session.language === "de" ? "de-DE" : "en-GB";
  timezone = session.timezone;
}

/** The server's clock counts, whatever this computer's says. */
export function setClock(serverNow) {
  clockOffset = Date.parse(serverNow) - Date.now();
}

const now = () => Date.now() + clockOffset;

export function word(key, values = {}) {
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), words[key] ?? key);
}

/** "von Herrn Brandt": German bends the title. */
export const dative = (name) => (locale === "de-DE" ? name.replace(/^Herr /, "Herrn ") : name);

export const hasWord = (key) => key in words;

/** "04:32" below an hour, so that one sees it run; then hours and minutes. */
export function waitingTime(since) {
  const seconds = Math.max(0, Math.floor((now() - Date.parse(since)) / 1000));
  const minutes = Math.floor(seconds / 60);
  return { text: duration(seconds), level: minutes >= 10 ? "late" : minutes >= 3 ? "soon" : "calm" };
}

export function dueTime(due) {
  const minutes = Math.floor((Date.parse(due) - now()) / 60_000);
  if (minutes < 0) return { text: word("overdue_by", { time: roughly(Math.max(1, -minutes)) }), level: "late" };
  return { text: word("due_in", { time: roughly(minutes) }), level: minutes < 60 ? "soon" : "calm" };
}

function roughly(minutes) {
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const parts = [];
  if (days) parts.push(word("days", { n: days }));
  if (hours) parts.push(word("hours", { n: hours }));
  if (!days && (minutes % 60 || !hours)) parts.push(word("minutes", { n: minutes % 60 }));
  return parts.join(" ");
}

/** Minutes and seconds below an hour, then hours and minutes. */
export function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${pad(minutes)}:${pad(Math.round(seconds) % 60)}` : roughly(minutes);
}

const pad = (number) => String(number).padStart(2, "0");
const format = (moment, options) => new Intl.DateTimeFormat(locale, { timeZone: timezone, ...options }).format(new Date(moment));

export const clockTime = (moment) => format(moment, { hour: "2-digit", minute: "2-digit" });
export const dayAndTime = (moment) =>
  format(moment, { weekday: "short", day: "numeric", month: "numeric", hour: "2-digit", minute: "2-digit" });
export const calendarDate = (iso) => format(`${iso}T12:00:00Z`, { day: "numeric", month: "numeric", year: "numeric" });

export function dayName(moment) {
  const day = format(moment, { weekday: "long", day: "numeric", month: "long" });
  return day === format(now(), { weekday: "long", day: "numeric", month: "long" }) ? word("today") : day;
}

export function languageName(code) {
  try {
    return new Intl.DisplayNames([locale], { type: "language" }).of(code);
  } catch {
    return code;
  }
}
