/** Keeps what was typed, per member and conversation, in this tab only; a failed send keeps its id, so sending again is harmless. */

const PREFIX = "rathausbote.draft.";
const OPEN = "@open";
let staffId = 0;

export function setOwner(id) {
  staffId = id;
}

const keyOf = (conversationId) => `${PREFIX}${staffId}.${conversationId}`;

export function loadDraft(conversationId) {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(conversationId))) ?? { text: "" };
  } catch {
    return { text: "" };
  }
}

export function saveText(conversationId, text) {
  const draft = loadDraft(conversationId);
  if (text === "") return sessionStorage.removeItem(keyOf(conversationId));
  return store(conversationId, draft.text === text ? draft : { text });
}

/** The id under which this text is sent; the same text keeps its id until it has arrived. */
export function sendingId(conversationId, text) {
  const draft = loadDraft(conversationId);
  const id = draft.text === text && draft.id ? draft.id : randomId();
  store(conversationId, { text, id });
  return id;
}

/** The text has arrived; what was typed since stays. */
export function clearSent(conversationId, id) {
  if (loadDraft(conversationId).id === id) sessionStorage.removeItem(keyOf(conversationId));
}

/** Which conversation was open when the session ended; after signing in it is opened again, once. */
export function keepOpen(conversationId) {
  if (staffId && conversationId) saveText(OPEN, conversationId);
}

export function takeOpen() {
  const { text } = loadDraft(OPEN);
  saveText(OPEN, "");
  return text || null;
}

export function clearAll() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  }
}

function store(conversationId, draft) {
  try {
    sessionStorage.setItem(keyOf(conversationId), JSON.stringify(draft));
  } catch {
    /* a full storage must not stop anyone from writing */
  }
}

/** crypto.randomUUID exists on encrypted pages only. */
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
