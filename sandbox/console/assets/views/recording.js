// Recording of the selected sandbox, and replaying a recording: what differs first is shown beside what was recorded.

import { control, transfer } from "../api.js";
import { ask, destroy, discard } from "../dialogs.js";
import { fill, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { save } from "../parts.js";
import { href, sandbox } from "../place.js";
import { copy, fail, toast } from "../toasts.js";
import { NAME, read, replay } from "./replay.js";

const TELL_MS = 100;

export class Recording {
  #isOn = false;

  /** @param {(work: () => Promise<unknown>) => Promise<void>} attempt does something and tells what goes wrong */
  constructor(attempt) {
    this.attempt = attempt;
    this.buttons = h("div", { class: "row-of" });
    this.told = h("div", { role: "status" });
    this.tape = h("input", { type: "file", hidden: true, "aria-label": t("replay.choose"), accept: ".jsonl", onchange: () => this.#chosen() });
    this.element = h("div", { class: "stack" }, h("h3", {}, t("recording.title")), h("p", { class: "soft" }, t("recording.text")), this.buttons, this.told, this.tape);
    this.show(false);
  }

  /** @param {boolean} isOn */
  show(isOn) {
    if (this.#isOn === isOn && this.buttons.firstChild) return;
    this.#isOn = isOn;
    fill(
      this.buttons,
      this.#deeds().map(({ name, run, kind, symbol }) => h("button", { type: "button", class: kind, onclick: run }, symbol ? icon(symbol) : null, name)),
    );
  }

  /** @returns {import("../palette.js").Action[]} */
  actions() {
    return this.#deeds();
  }

  /** @returns {{name: string, run: () => void, kind?: string, symbol?: string}[]} */
  #deeds() {
    const replays = { name: t("replay.choose"), run: () => this.tape.click() };
    if (!this.#isOn) return [{ name: t("recording.start"), symbol: "record", run: () => this.#begin() }, replays];
    return [
      { name: t("recording.download"), kind: "primary", run: () => this.#download() },
      { name: t("recording.stop"), run: () => this.#stop() },
      replays,
    ];
  }

  #begin() {
    void this.attempt(async () => {
      const words = { title: t("recording.start"), text: t("recording.start_text"), action: t("recording.start"), done: t("recording.started") };
      await destroy(words, () => control("POST", "/recording"));
    });
  }

  #download() {
    void this.attempt(async () => {
      const name = `${sandbox()}.jsonl`;
      save(await transfer("GET", "/recording"), name);
      toast(t("sandboxes.saved", { name }));
    });
  }

  #stop() {
    void this.attempt(async () => {
      const words = { title: t("recording.stop"), text: t("recording.stop_text"), action: t("recording.stop_action"), done: t("recording.stopped") };
      await discard(words, () => control("DELETE", "/recording"));
    });
  }

  #chosen() {
    const [file] = this.tape.files ?? [];
    if (file) void this.attempt(() => this.#replay(file));
    this.tape.value = "";
  }

  /** @param {File} file */
  async #replay(file) {
    const recording = read(await file.text());
    if (!recording) {
      await ask({ title: t("replay.choose"), text: t("replay.none", { name: file.name }), action: t("action.close") });
      return;
    }
    const number = recording.exchanges.length;
    const line = h("span", {});
    const bar = h("progress", { max: number, "aria-label": t("replay.running", { name: file.name }) });
    fill(this.told, h("div", { class: "stack" }, h("p", { class: "soft" }, t("replay.running", { name: file.name }), " ", line), bar));
    let shown = 0;
    try {
      const found = await replay(recording, (at) => {
        if (performance.now() - shown < TELL_MS) return;
        shown = performance.now();
        bar.value = at;
        line.textContent = t("replay.so_far", { at, of: number });
      });
      fill(this.told, verdict(found, number, file.name));
    } catch (error) {
      fill(this.told);
      throw error;
    }
  }
}

/**
 * @param {import("./replay.js").Difference | null} found
 * @param {number} number
 * @param {string} name of the file
 */
function verdict(found, number, name) {
  const command = `sandbox replay ${/^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`}`;
  const again = h("button", { type: "button", onclick: () => copy(command).catch(fail) }, icon("copy"), t("replay.command"));
  if (!found) return h("div", { class: "verdict" }, icon("check"), h("strong", { class: "grow" }, t("replay.same", { n: number })), again);
  const { exchange, what } = found;
  const request = exchange.operation_id ?? `${exchange.method} ${exchange.path}`;
  const isBanks = exchange.path.startsWith("/v1/");
  return h(
    "div", { class: "stack" },
    h("div", { class: "verdict bad" }, icon("no"), h("div", { class: "grow" }, h("strong", {}, t(`replay.other_${what}`)), h("p", {}, t("replay.at", { at: found.number, of: number, request }))), again),
    h("dl", { class: "apart" }, h("dt", {}, t("replay.recorded")), h("dd", {}, h("code", {}, found.recorded)), h("dt", {}, t("replay.replayed")), h("dd", {}, h("code", {}, found.replayed))),
    isBanks ? h("a", { href: href("traffic", { sandbox: NAME, id: exchange.request_id, tab: what === "effects" ? "effects" : null }) }, t("replay.look", { name: NAME })) : null,
  );
}
