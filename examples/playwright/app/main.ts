import { type Account, Bank, type Challenge, Offline, Refusal } from "./bank.js";
import { isWord, type Language, say } from "./words.js";

const bank = new Bank();
const alert = find("#alert", HTMLElement);
const status = find("#status", HTMLElement);
const login = find("#login", HTMLFormElement);
const home = find("#home", HTMLElement);
const transfer = find("#transfer", HTMLFormElement);
const code = find("#code", HTMLDialogElement);
let ordered: { amount: string; challenge: Challenge } | undefined;

function find<Kind extends Element>(selector: string, kind: new () => Kind, within: ParentNode = document): Kind {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`there is no ${selector}`);
  return found;
}

function field(form: HTMLFormElement, name: string): string {
  return String(new FormData(form).get(name));
}

function money(amount: string): string {
  return new Intl.NumberFormat(`${bank.language}-EC`, { style: "currency", currency: "USD" }).format(Number(amount));
}

function speak(language: Language): void {
  bank.language = document.documentElement.lang = language;
  find("#language", HTMLElement).textContent = say(language, "other");
  for (const each of document.querySelectorAll<HTMLElement>("[data-say]")) {
    if (isWord(each.dataset["say"])) each.textContent = say(language, each.dataset["say"]);
  }
}

/** Do what a press asks for, and tell the member when the bank refuses it. */
async function attempt(work: () => Promise<void>): Promise<void> {
  alert.textContent = status.textContent = "";
  try {
    await work();
  } catch (error) {
    if (error instanceof Refusal) await refused(error);
    else if (error instanceof Offline) tell(say(bank.language, "offline"));
    else throw error;
  }
}

/** Where the member looks: in the dialog that is open, else on the page. */
function tell(message: string): void {
  (code.open ? code : document.body).prepend(alert);
  alert.textContent = message;
}

async function refused({ code: reason, message, attemptsLeft }: Refusal): Promise<void> {
  if (reason === "wrong_code" && ordered) {
    ordered.challenge.attempts_left = attemptsLeft ?? 0;
    askForCode();
  } else {
    code.close();
  }
  tell(message);
  if (reason === "session_expired" || reason === "invalid_token") {
    bank.logOut();
    home.hidden = true;
    login.hidden = false;
  } else if (!home.hidden && !code.open) {
    await show(); // what was held for the order is free again
  }
}

async function show(): Promise<void> {
  const accounts = await bank.accounts();
  find("#accounts", HTMLElement).replaceChildren(...accounts.map(row));
  const debitable = accounts.filter((each) => each.debitable);
  for (const [index, name] of ["origin", "destination"].entries()) {
    const select = find(`[name=${name}]`, HTMLSelectElement, transfer);
    const chosen = select.value || debitable[index]?.id;
    select.replaceChildren(...debitable.map(({ id, number }) => new Option(number, id, false, id === chosen)));
  }
}

function row(account: Account): HTMLElement {
  const name = document.createElement("button");
  name.textContent = `${account.name} ${account.number}`;
  name.addEventListener("click", () => void attempt(() => showMovements(account.id)));
  return line(name, account.available_balance);
}

async function showMovements(account: string): Promise<void> {
  const lines = (await bank.movements(account)).map(({ concept, reference, amount }) => {
    const what = document.createElement("span");
    what.textContent = `${concept} · ${reference}`;
    return line(what, amount);
  });
  find("#movements ol", HTMLElement).replaceChildren(...lines);
  find("#movements", HTMLElement).hidden = false;
}

function line(what: HTMLElement, amount: string): HTMLElement {
  const [whole, shown] = [document.createElement("li"), document.createElement("data")];
  shown.value = amount;
  shown.textContent = money(amount);
  whole.append(what, shown);
  return whole;
}

function askForCode(): void {
  if (!ordered) return;
  const { destination, attempts_left: attempts } = ordered.challenge;
  find("#sent", HTMLElement).textContent = say(bank.language, "sent", { destination });
  find("#attempts", HTMLElement).textContent = say(bank.language, "attempts", { attempts });
  find("form", HTMLFormElement, code).reset();
  if (!code.open) code.showModal();
}

function onSubmit(form: HTMLFormElement, work: () => Promise<void>): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(work);
  });
}

onSubmit(login, async () => {
  find("#greeting", HTMLElement).textContent = await bank.logIn(field(login, "username"), field(login, "password"));
  await show();
  login.reset();
  login.hidden = true;
  home.hidden = false;
});

onSubmit(transfer, async () => {
  const [origin, destination] = [field(transfer, "origin"), field(transfer, "destination")];
  const order = await bank.order(origin, destination, field(transfer, "amount"), field(transfer, "reference"));
  if (!order.challenge) throw new Error("the order has no challenge");
  ordered = { amount: order.amount, challenge: order.challenge };
  askForCode();
});

onSubmit(find("form", HTMLFormElement, code), async () => {
  if (!ordered) return;
  await bank.confirm(ordered.challenge.id, field(find("form", HTMLFormElement, code), "code"));
  code.close();
  await show();
  status.textContent = say(bank.language, "done", { amount: money(ordered.amount) });
});

find("#language", HTMLElement).addEventListener("click", () => speak(bank.language === "es" ? "en" : "es"));
speak(navigator.language.startsWith("en") ? "en" : "es");
