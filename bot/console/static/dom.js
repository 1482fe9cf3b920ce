/** Small helpers around the page; what people wrote only ever becomes text, never markup. */

export const byId = (id) => document.getElementById(id);

export function make(tag, { className, text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined && text !== null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

/** Change text only where it differs, so that screen readers do not repeat what they said. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, visible) {
  element.hidden = !visible;
}

let noticeTimer = 0;

export function notify(text) {
  setText(byId("notice-text"), text);
  show(byId("notice"), true);
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => show(byId("notice"), false), 12_000);
}

export function hideNotice() {
  show(byId("notice"), false);
}

export function announce(text) {
  setText(byId("announcer"), text);
}

/** Ask in a dialog; true where the person goes on. */
export function confirm(title, text) {
  const dialog = byId("confirm");
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
