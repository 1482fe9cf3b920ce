/** The steps that need a choice: closing with a result, passing on, assigning, putting off. */

import { byId, make, setText, show } from "./dom.js";
import { word } from "./words.js";

/** Ask for the fields of a step; the values by name, or null where the person thought better of it. */
function ask({ title, text, go, fields }) {
  const dialog = byId("step-dialog");
  setText(byId("step-title"), title);
  setText(byId("step-text"), text);
  setText(byId("step-go"), go);
  show(byId("step-problem"), false);
  byId("step-fields").replaceChildren(...fields);
  byId("step-cancel").onclick = () => dialog.close("cancel");
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => resolve(dialog.returnValue === "yes" ? Object.fromEntries(new FormData(byId("step-form"))) : null),
      { once: true },
    );
  });
}

function field(label, control) {
  const id = `step-${control.getAttribute("name")}`;
  control.id = id;
  return make("div", { className: "field" }, make("label", { for: id, text: label }), control);
}

const option = (value, text, disabled = false) => make("option", { value, text, disabled: disabled ? "" : null });

export async function askResult(session) {
  const results = session.results.map((result) => option(result, word(`result_${result}`)));
  return ask({
    title: word("resolve_title"),
    text: word("resolve_text"),
    go: word("resolve"),
    fields: [field(word("result"), make("select", { name: "result" }, ...results))],
  });
}

export async function askDestination(session, officeId) {
  const offices = session.offices
    .filter((office) => office.id !== officeId)
    .map((office) => option(`office:${office.id}`, office.is_open ? office.name : word("closed_now", { name: office.name })));
  const people = session.colleagues.map((each) =>
    option(`staff:${each.id}`, each.is_available ? each.name : word("not_there", { name: each.name }), !each.is_available),
  );
  const select = make(
    "select",
    { name: "to" },
    make("optgroup", { label: word("offices") }, ...offices),
    people.length ? make("optgroup", { label: word("colleagues") }, ...people) : null,
  );
  const values = await ask({
    title: word("transfer_title"),
    text: word("transfer_text"),
    go: word("step_transfer"),
    fields: [
      field(word("transfer_to"), select),
      field(word("note_for_them"), make("textarea", { name: "note", rows: "3", maxlength: "4000", dir: "auto" })),
    ],
  });
  if (!values) return null;
  const [kind, id] = values.to.split(":");
  const note = values.note.trim() || null;
  return kind === "office" ? { office_id: id, note } : { staff_id: Number(id), note };
}

export async function askMember(session, colleagues) {
  const people = [{ id: session.staff.id, name: session.staff.name, is_available: true }, ...colleagues].map((each) =>
    option(String(each.id), each.is_available ? each.name : word("not_there", { name: each.name })),
  );
  const values = await ask({
    title: word("assign_title"),
    text: word("assign_text"),
    go: word("step_assign"),
    fields: [field(word("assign_to"), make("select", { name: "staff_id" }, ...people))],
  });
  return values && { staff_id: Number(values.staff_id) };
}

const localMinute = (moment) => new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** Times of day are those of this computer, which stands in the town hall. */
export async function askMoment() {
  const now = new Date();
  const at = (days, hour) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const choices = [
    [new Date(now.getTime() + 3_600_000), "in_an_hour"],
    [at(0, 15), "this_afternoon"],
    [at(1, 9), "tomorrow_morning"],
  ].filter(([moment]) => moment > now);
  const select = make(
    "select",
    { name: "choice" },
    ...choices.map(([moment, key]) => option(moment.toISOString(), word(key))),
    option("", word("chosen_moment")),
  );
  const own = make("input", { name: "moment", type: "datetime-local", min: localMinute(now) });
  const ownField = field(word("moment"), own);
  const update = () => {
    show(ownField, select.value === "");
    own.required = select.value === "";
  };
  select.addEventListener("change", update);
  update();
  const values = await ask({
    title: word("snooze_title"),
    text: word("snooze_text"),
    go: word("step_snooze"),
    fields: [field(word("until"), select), ownField],
  });
  const moment = values && (values.choice || values.moment);
  return moment ? { until: new Date(moment).toISOString() } : null;
}
