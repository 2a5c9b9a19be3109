// Sandboxes: all there are, and what can be done with the selected one: snapshots, export, import, record, replay.

import { control, reach, Refused } from "../api.js";
import { rateText } from "../clock.js";
import { ask, destroy } from "../dialogs.js";
import { fill, h, icon } from "../dom.js";
import { dayAndTime, number } from "../format.js";
import { t } from "../i18n.js";
import { controlToken } from "../memory.js";
import { sandbox } from "../place.js";
import { patch } from "../rows.js";
import { choose, createSandbox } from "../status.js";
import { copy, fail, toast } from "../toasts.js";
import { atMost, View } from "../view.js";
import { replay } from "./replay.js";

/** @typedef {{members: number, now: string, rate: number, overrides: string[], faults: number, recording: boolean, idle_seconds: number}} Open */
/** @typedef {{name: string, state: string, reason: string | null, size_bytes: number, open: Open | null}} Sandbox */
/** @typedef {{name: string, usable: boolean, size_bytes: number, reason: string | null}} Snapshot */

class Sandboxes extends View {
  /** @type {Sandbox[]} */
  #sandboxes = [];
  #recording = false;

  start() {
    this.body = h("tbody", {});
    this.snapshots = h("ol", { class: "rows" });
    this.none = h("p", { class: "soft" }, t("snapshots.none"));
    this.record = h("div", { class: "row-of" });
    this.replayed = h("div", { role: "status" });
    this.file = h("input", { type: "file", hidden: true, "aria-label": t("sandboxes.import"), accept: ".sqlite,application/vnd.sqlite3", onchange: () => this.#import() });
    this.tape = h("input", { type: "file", hidden: true, "aria-label": t("replay.choose"), accept: ".jsonl", onchange: () => this.#replay() });
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
                h("button", { type: "button", onclick: () => this.#download("/export", `${sandbox()}.sqlite`) }, t("sandboxes.export")),
                h("button", { type: "button", onclick: () => this.file?.click() }, t("sandboxes.import")),
                h("button", { type: "button", onclick: () => this.#reset() }, t("sandboxes.reset")),
                this.file, this.tape,
              ),
              h("h3", {}, t("recording.title")),
              h("p", { class: "soft" }, t("recording.text")),
              this.record,
              this.replayed,
            ),
          ),
        ),
      ),
    );
    const again = atMost(() => this.#load(), 200);
    this.on("sandboxes", again);
    this.on("state", ({ recording }) => {
      this.#recording = recording;
      this.#showRecording();
      again();
    });
    this.#readSnapshots();
  }

  actions() {
    return [
      { name: t("snapshots.create"), run: () => this.#snapshot() },
      { name: t("sandboxes.export"), run: () => this.#download("/export", `${sandbox()}.sqlite`) },
      { name: t("sandboxes.import"), run: () => this.file?.click() },
      { name: t("sandboxes.reset"), run: () => this.#reset() },
    ];
  }

  #load() {
    void this.read(async () => {
      this.#sandboxes = (await control("GET", "/sandboxes", { signal: this.signal })).items;
      if (this.body) patch(this.body, this.#sandboxes, ({ name }) => name, (each) => this.#row(each), (row, each) => this.#mark(row, each));
    });
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
      h("td", { class: "number" }, open ? t("sandboxes.idle", { n: Math.floor(open.idle_seconds / 60) }) : "—"),
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

  /** @param {string} name */
  #delete(name) {
    void this.attempt(async () => {
      const answer = await ask({ title: t("sandboxes.delete_of", { name }), text: t("sandboxes.delete_text"), action: t("sandboxes.delete"), danger: true });
      if (!answer) return;
      await control("DELETE", `/sandboxes/${name}`);
      toast(t("sandboxes.deleted", { name }));
      if (name === sandbox()) choose("default");
    });
  }

  #readSnapshots() {
    void this.read(async () => {
      const { items } = await control("GET", "/snapshots", { signal: this.signal });
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
        fields: [{ name: "name", label: t("picker.name"), required: true, pattern: "[a-z0-9]([a-z0-9_\\-]{0,61}[a-z0-9])?", hint: t("picker.name_hint") }],
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
      const answer = await ask({ title: t("snapshots.delete_of", { name }), action: t("sandboxes.delete"), danger: true });
      if (!answer) return;
      await control("DELETE", `/snapshots/${name}`);
      this.#readSnapshots();
    });
  }

  #reset() {
    void this.attempt(async () => {
      const words = { title: t("sandboxes.reset"), text: t("sandboxes.reset_text"), action: t("sandboxes.reset"), done: t("sandboxes.was_reset") };
      if (await destroy(words, () => control("POST", "/reset"))) this.#readSnapshots();
    });
  }

  /**
   * Save an answer of the control plane as a file.
   *
   * @param {string} path
   * @param {string} name
   */
  #download(path, name) {
    void this.attempt(async () => {
      /** @type {Record<string, string>} */
      const headers = { "X-Sandbox": sandbox() };
      if (controlToken()) headers.Authorization = `Bearer ${controlToken()}`;
      const answer = await reach(`/_sandbox${path}`, { headers });
      if (!answer.ok) throw new Refused(answer.status, await answer.json());
      const link = h("a", { href: URL.createObjectURL(await answer.blob()), download: name });
      link.click();
      URL.revokeObjectURL(link.href);
      toast(t("sandboxes.saved", { name }));
    });
  }

  #import() {
    const [file] = this.file?.files ?? [];
    if (!file) return;
    void this.attempt(async () => {
      const words = { title: t("sandboxes.import"), text: t("sandboxes.import_text", { name: file.name }), action: t("sandboxes.import"), done: t("sandboxes.imported") };
      /** @type {Record<string, string>} */
      const headers = { "X-Sandbox": sandbox(), "Content-Type": "application/vnd.sqlite3" };
      if (controlToken()) headers.Authorization = `Bearer ${controlToken()}`;
      await destroy(words, async () => {
        const answer = await reach("/_sandbox/import", { method: "POST", headers, body: file });
        if (!answer.ok) throw new Refused(answer.status, await answer.json());
      });
    });
    if (this.file) this.file.value = "";
  }

  #showRecording() {
    if (!this.record) return;
    const buttons = this.#recording
      ? [
          h("button", { type: "button", class: "primary", onclick: () => this.#download("/recording", `${sandbox()}.jsonl`) }, t("recording.download")),
          h("button", { type: "button", onclick: () => this.#stop() }, t("recording.stop")),
        ]
      : [h("button", { type: "button", onclick: () => this.#begin() }, icon("record"), t("recording.start"))];
    fill(this.record, buttons, h("button", { type: "button", onclick: () => this.tape?.click() }, t("replay.choose")));
  }

  #begin() {
    void this.attempt(async () => {
      const words = { title: t("recording.start"), text: t("recording.start_text"), action: t("recording.start"), done: t("recording.started") };
      await destroy(words, () => control("POST", "/recording"));
    });
  }

  #stop() {
    void this.attempt(async () => {
      await control("DELETE", "/recording");
      toast(t("recording.stopped"));
    });
  }

  #replay() {
    const [file] = this.tape?.files ?? [];
    if (!file || !this.replayed) return;
    const command = `sandbox replay ${file.name}`;
    const { replayed } = this;
    void this.attempt(async () => {
      fill(replayed, h("p", { class: "soft" }, t("replay.running", { name: file.name })));
      const told = await replay(await file.text());
      fill(
        replayed,
        h(
          "div", { class: `verdict ${told.difference ? "bad" : ""}` },
          icon(told.difference ? "no" : "check"),
          h("div", { class: "grow" },
            h("strong", {}, told.difference ? t("replay.differs", { at: told.count, what: told.difference.operation }) : t("replay.same", { n: told.count })),
            told.difference ? h("p", {}, t("replay.difference", { expected: told.difference.expected, found: told.difference.found })) : null),
          h("button", { type: "button", onclick: () => copy(command).catch(fail) }, icon("copy"), t("replay.command")),
        ),
      );
    });
    if (this.tape) this.tape.value = "";
  }
}

/** @param {number} bytes */
function size(bytes) {
  return bytes >= 1_048_576 ? `${number(bytes / 1_048_576)} MB` : `${number(bytes / 1024)} kB`;
}

customElements.define("sb-sandboxes", Sandboxes);
