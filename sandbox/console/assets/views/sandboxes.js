// Sandboxes: all there are, those that were deleted, and what can be done with the selected one: snapshots, export,
// import, record, replay.

import { control, transfer } from "../api.js";
import { rateText } from "../clock.js";
import { ask, destroy, discard, nameField } from "../dialogs.js";
import { fill, h, icon } from "../dom.js";
import { dayAndTime, number, realTime, size } from "../format.js";
import { t } from "../i18n.js";
import { save } from "../parts.js";
import { sandbox } from "../place.js";
import { patch } from "../rows.js";
import { choose, createSandbox } from "../status.js";
import { toast } from "../toasts.js";
import { atMost, View } from "../view.js";
import { Recording } from "./recording.js";

/** @typedef {{members: number, now: string, rate: number, overrides: string[], faults: number, recording: boolean, idle_seconds: number}} Open */
/** @typedef {{name: string, state: string, reason: string | null, size_bytes: number, open: Open | null}} Sandbox */
/** @typedef {{name: string, deleted_at: string, kept_until: string, size_bytes: number}} Deleted */
/** @typedef {{name: string, usable: boolean, size_bytes: number, reason: string | null}} Snapshot */

class Sandboxes extends View {
  start() {
    this.body = h("tbody", {});
    this.snapshots = h("ol", { class: "rows" });
    this.none = h("p", { class: "soft" }, t("snapshots.none"));
    this.deleted = h("ol", { class: "rows" });
    this.bin = h("section", { class: "card", hidden: true }, h("header", {}, h("h2", {}, t("deleted.title"))), h("div", {}, this.deleted));
    this.recording = new Recording((work) => this.attempt(work));
    this.file = h("input", { type: "file", hidden: true, "aria-label": t("sandboxes.import"), accept: ".sqlite,application/vnd.sqlite3", onchange: () => this.#import() });
    const heads = ["name", "members", "clock", "size", "idle", "own", "actions"];
    fill(
      this,
      h(
        "div", { class: "page" },
        h("div", { class: "row-of" }, h("h2", { class: "grow" }, t("sandboxes.all")), h("button", { type: "button", class: "primary", onclick: () => createSandbox(null) }, icon("plus"), t("picker.create"))),
        h(
          "div", { class: "card" },
          h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("view.sandboxes") }, h("table", { class: "table" }, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, t(`sandboxes.head_${head}`))))), this.body)),
        ),
        this.bin,
        h(
          "div", { class: "columns" },
          h(
            "section", { class: "card" },
            h("header", {}, h("h2", {}, t("snapshots.of", { name: sandbox() })), h("button", { type: "button", onclick: () => this.#snapshot() }, icon("plus"), t("snapshots.create"))),
            h("div", {}, this.none, this.snapshots),
          ),
          h(
            "section", { class: "card" },
            h("header", {}, h("h2", {}, t("sandboxes.files", { name: sandbox() }))),
            h(
              "div", { class: "stack" },
              h(
                "div", { class: "row-of" },
                h("button", { type: "button", onclick: () => this.#export() }, t("sandboxes.export")),
                h("button", { type: "button", onclick: () => this.file?.click() }, t("sandboxes.import")),
                h("button", { type: "button", onclick: () => this.#reset() }, t("sandboxes.reset")),
                this.file,
              ),
              this.recording.element,
            ),
          ),
        ),
      ),
    );
    const again = atMost(() => this.#load(), 200);
    this.on("sandboxes", again);
    this.on("state", ({ recording }) => {
      this.recording?.show(recording);
      again();
    });
    this.#readSnapshots();
  }

  actions() {
    return [
      { name: t("snapshots.create"), run: () => this.#snapshot() },
      { name: t("sandboxes.export"), run: () => this.#export() },
      { name: t("sandboxes.import"), run: () => this.file?.click() },
      { name: t("sandboxes.reset"), run: () => this.#reset() },
      ...(this.recording?.actions() ?? []),
      ...(sandbox() === "default" ? [] : [{ name: t("sandboxes.delete_of", { name: sandbox() }), run: () => this.#delete(sandbox()) }]),
    ];
  }

  #load() {
    void this.read("sandboxes", async (signal) => {
      this.#show(await control("GET", "/sandboxes", { signal }));
    });
  }

  /** @param {{items: Sandbox[], deleted: Deleted[]}} all */
  #show({ items, deleted }) {
    this.#showDeleted(deleted);
    if (this.body) patch(this.body, items, ({ name }) => name, (each) => this.#row(each), (row, each) => this.#mark(row, each));
  }

  /** @param {Sandbox} each */
  #row(each) {
    const row = h("tr", { "data-row": true, tabindex: "0", "data-copies": each.name });
    this.#mark(row, each);
    return row;
  }

  /**
   * @param {HTMLElement} row
   * @param {Sandbox} each
   */
  #mark(row, each) {
    const { name, open } = each;
    const shown = JSON.stringify([each.state, each.size_bytes, open && { ...open, idle_seconds: Math.floor(open.idle_seconds / 60) }, name === sandbox()]);
    if (row.dataset.shown === shown || row.contains(document.activeElement)) return;
    row.dataset.shown = shown;
    const own = open ? [open.faults ? t("badge.faults", { n: open.faults }) : "", open.overrides.length ? t("badge.overrides", { n: open.overrides.length }) : "", open.recording ? t("badge.recording") : ""].filter(Boolean) : [];
    fill(
      row,
      h("th", { scope: "row" }, h("button", { type: "button", class: "link", onclick: () => choose(name) }, name), name === sandbox() ? h("span", { class: "tag ok" }, t("sandboxes.selected")) : null, each.state === "ready" ? null : h("span", { class: "tag bad", title: each.reason }, t(`sandboxes.${each.state}`))),
      h("td", { class: "number" }, open ? number(open.members) : "—"),
      h("td", { class: "number" }, open ? `${dayAndTime(open.now)} · ${rateText(open.rate)}` : t("sandboxes.asleep")),
      h("td", { class: "number" }, size(each.size_bytes)),
      h("td", { class: "number" }, open ? idle(open.idle_seconds) : "—"),
      h("td", {}, own.map((text) => h("span", { class: "tag warn" }, text))),
      h(
        "td", {},
        h(
          "span", { class: "row-of" },
          h("button", { type: "button", class: "quiet", onclick: () => createSandbox(name) }, t("sandboxes.fork")),
          name === "default" ? null : h("button", { type: "button", class: "quiet", onclick: () => this.#delete(name) }, t("sandboxes.delete")),
        ),
      ),
    );
  }

  /** @param {Deleted[]} deleted */
  #showDeleted(deleted) {
    if (!this.bin || !this.deleted) return;
    this.bin.hidden = deleted.length === 0;
    patch(
      this.deleted, deleted, (each) => `${each.name} ${each.deleted_at}`,
      (each) =>
        h(
          "li", { class: "fault" },
          h("span", { class: "two grow" }, h("span", {}, each.name), h("small", {}, t("deleted.until", { at: realTime(each.deleted_at), until: realTime(each.kept_until), size: size(each.size_bytes) }))),
          h("button", { type: "button", "aria-label": t("deleted.undelete_of", { name: each.name }), onclick: () => this.#undelete(each.name) }, t("deleted.undelete")),
        ),
    );
  }

  /** @param {string} name */
  #delete(name) {
    void this.attempt(async () => {
      if (!(await ask({ title: t("sandboxes.delete_of", { name }), text: t("sandboxes.delete_text"), action: t("sandboxes.delete"), danger: true }))) return;
      await control("DELETE", `/sandboxes/${name}`);
      this.stop("sandboxes"); // what was asked for before still has it
      const all = await control("GET", "/sandboxes");
      this.#show(all);
      const isKept = all.deleted.some((/** @type {Deleted} */ each) => each.name === name);
      const wasChosen = name === sandbox();
      const undo = async () => {
        await control("POST", `/sandboxes/${name}/undelete`);
        if (wasChosen) choose(name);
        else this.#load();
      };
      toast(t(isKept ? "sandboxes.deleted" : "sandboxes.deleted_for_good", { name }), isKept ? { undo } : {});
      if (wasChosen) choose("default");
    });
  }

  /** @param {string} name */
  #undelete(name) {
    void this.attempt(async () => {
      await control("POST", `/sandboxes/${name}/undelete`);
      toast(t("deleted.undeleted", { name }));
      this.#load();
    });
  }

  #readSnapshots() {
    void this.read("snapshots", async (signal) => {
      const { items } = await control("GET", "/snapshots", { signal });
      if (!this.snapshots || !this.none) return;
      this.none.hidden = items.length > 0;
      patch(
        this.snapshots, items, (/** @type {Snapshot} */ each) => each.name,
        (each) =>
          h(
            "li", { class: "fault" },
            h("span", { class: "two grow" }, h("span", {}, each.name), h("small", {}, each.usable ? size(each.size_bytes) : (each.reason ?? t("sandboxes.other_version")))),
            h("span", { class: "row-of" },
              h("button", { type: "button", disabled: !each.usable, onclick: () => this.#restore(each.name) }, t("snapshots.restore")),
              h("button", { type: "button", class: "quiet only-icon", "aria-label": t("snapshots.delete_of", { name: each.name }), title: t("sandboxes.delete"), onclick: () => this.#forget(each.name) }, icon("trash"))),
          ),
      );
    });
  }

  #snapshot() {
    void this.attempt(async () => {
      const answer = await ask({
        title: t("snapshots.create"), action: t("snapshots.create"),
        fields: [nameField()],
      });
      if (!answer) return;
      await control("POST", "/snapshots", { body: { name: answer.name } });
      toast(t("snapshots.created", { name: answer.name }));
      this.#readSnapshots();
    });
  }

  /** @param {string} name */
  #restore(name) {
    void this.attempt(async () => {
      const words = { title: t("snapshots.restore_of", { name }), text: t("snapshots.restore_text"), action: t("snapshots.restore"), done: t("snapshots.restored", { name }) };
      if (await destroy(words, () => control("POST", `/snapshots/${name}/restore`))) this.#readSnapshots();
    });
  }

  /** @param {string} name */
  #forget(name) {
    void this.attempt(async () => {
      const words = { title: t("snapshots.delete_of", { name }), text: t("snapshots.delete_text"), action: t("sandboxes.delete"), done: t("snapshots.deleted", { name }) };
      if (await discard(words, () => control("DELETE", `/snapshots/${name}`))) this.#readSnapshots();
    });
  }

  #reset() {
    void this.attempt(async () => {
      const words = { title: t("sandboxes.reset"), text: t("sandboxes.reset_text"), action: t("sandboxes.reset"), done: t("sandboxes.was_reset") };
      if (await destroy(words, () => control("POST", "/reset"))) this.#readSnapshots();
    });
  }

  #export() {
    void this.attempt(async () => {
      const name = `${sandbox()}.sqlite`;
      save(await transfer("GET", "/export"), name);
      toast(t("sandboxes.saved", { name }));
    });
  }

  #import() {
    const [file] = this.file?.files ?? [];
    if (!file) return;
    void this.attempt(async () => {
      const words = { title: t("sandboxes.import"), text: t("sandboxes.import_text", { name: file.name }), action: t("sandboxes.import"), done: t("sandboxes.imported") };
      if (await destroy(words, () => transfer("POST", "/import", file))) this.#readSnapshots();
    });
    if (this.file) this.file.value = "";
  }
}

/** @param {number} seconds */
function idle(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes ? t("sandboxes.idle", { n: minutes }) : t("sandboxes.just_now");
}

customElements.define("sb-sandboxes", Sandboxes);
