// The console: what the selected sandbox holds, as it happens, and the handles to steer it.
const SHOWN = 50;
const at = (id) => document.getElementById(id);
let sandbox = new URLSearchParams(location.search).get("sandbox") ?? "default";
let token = "";
let listening = new AbortController();

// One call of the control plane, in the selected sandbox. Throws what the problem says.
async function control(method, path, body) {
  const headers = { "X-Sandbox": sandbox, "Accept-Language": navigator.language };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(`/_sandbox${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (answer.status === 401 && !token) {
    token = prompt("SANDBOX_CONTROL_TOKEN") ?? "";
    if (token) return control(method, path, body);
  }
  const told = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(`${told.title}: ${told.detail}`);
  return told;
}

function say(text, wrong = false) {
  at("status").textContent = text;
  at("status").classList.toggle("wrong", wrong);
}

// Do something, tell how it went, and show what it changed.
async function act(what, work) {
  try {
    say(`${what}: ${(await work()) ?? "done"}`);
  } catch (error) {
    say(`${what}: ${error.message}`, true);
  }
  await refresh();
}

// Text only: nothing that members wrote is ever read as HTML.
function row(...cells) {
  const line = document.createElement("tr");
  for (const cell of cells) line.insertCell().textContent = cell ?? "";
  return line;
}

const time = (moment) => moment.slice(5, 19).replace("T", " ");

async function show(id, path, line) {
  const { items } = await control("GET", path);
  at(id).replaceChildren(...items.map(line));
}

async function refresh() {
  try {
    const clock = await control("GET", "/clock");
    at("now").textContent = `${clock.now.slice(0, 19).replace("T", " ")} ×${clock.rate}`;
    await show("requests", `/requests?limit=${SHOWN}`, (each) =>
      row(time(each.at), each.operation_id ?? each.path, each.fault ? `${each.status} (fault)` : each.status, each.duration_ms));
    await show("faults", "/faults", (each) => row(JSON.stringify(each.match), JSON.stringify(each.effect), each.hits));
    await show("snapshots", "/snapshots", (each) => {
      const line = document.createElement("li");
      const back = document.createElement("button");
      back.textContent = "Restore";
      back.onclick = () => act(`restore ${each.name}`, async () => {
        await control("POST", `/snapshots/${each.name}/restore`);
      }).then(select);
      line.append(`${each.name} `, back);
      return line;
    });
  } catch (error) {
    say(error.message, true);
  }
}

// Much may happen at once, and one look shows it all: at most one a second.
let waiting = false;
function soon() {
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    refresh();
  }, 1000);
}

// Follow a stream from now on, until another sandbox is selected; calls `tell` with every item, and `restart` when all
// that is kept follows from the oldest on.
async function follow(path, signal, tell, restart) {
  const headers = { "X-Sandbox": sandbox };
  if (token) headers.Authorization = `Bearer ${token}`;
  while (!signal.aborted) {
    try {
      const answer = await fetch(`/_sandbox${path}`, { headers, signal });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const blocks = (rest + part.value).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) {
          const id = block.match(/^id: (.*)$/m);
          const data = block.match(/^data: (.*)$/m);
          if (id) headers["Last-Event-ID"] = id[1];
          if (/^event: restart$/m.test(block)) restart();
          else if (data) tell(JSON.parse(data[1]));
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      say(`${path}: ${error.message}`, true);
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function put(id, line) {
  at(id).prepend(line);
  while (at(id).rows.length > SHOWN) at(id).lastChild.remove();
}

const messageRow = (each) => row(time(each.sent_at), each.to, each.code, each.text);
const eventRow = (each) => row(time(each.at), each.kind, `${each.subject_id ?? ""} ${JSON.stringify(each.data)}`);

// Everything anew, and live from here on.
async function select() {
  listening.abort();
  listening = new AbortController();
  history.replaceState(null, "", `?sandbox=${encodeURIComponent(sandbox)}`);
  at("events").replaceChildren();
  try {
    await show("members", "/members?limit=100", (each) =>
      row(each.username, each.password, each.device?.id, each.persona ? `${each.persona}: ${each.description}` : each.description));
    const { items } = await control("GET", "/messages?limit=200");
    at("messages").replaceChildren(...items.slice(-SHOWN).reverse().map(messageRow));
  } catch (error) {
    say(error.message, true);
  }
  const { signal } = listening;
  follow("/messages/stream", signal, (each) => put("messages", messageRow(each)), () => at("messages").replaceChildren());
  follow("/events/stream", signal, (each) => {
    put("events", eventRow(each));
    soon();
  }, () => at("events").replaceChildren());
  await refresh();
}

async function start() {
  const { items } = await control("GET", "/sandboxes");
  at("sandbox").replaceChildren(...items.map(({ name }) => new Option(name, name, false, name === sandbox)));
  at("sandbox").onchange = (event) => {
    sandbox = event.target.value;
    select();
  };
  at("clock").onclick = ({ target: { dataset } }) => {
    if (dataset.rate) act("clock", () => control("PUT", "/clock", { rate: Number(dataset.rate) }).then(() => `rate ${dataset.rate}`));
    if (dataset.by) act("clock", () => control("POST", "/clock/advance", { by: dataset.by }).then(({ jobs }) => `${jobs.length} jobs ran`));
  };
  at("weather").onclick = ({ target: { dataset, id } }) => {
    if (dataset.effect) act("fault", () => control("POST", "/faults", { effect: JSON.parse(dataset.effect) }).then(() => dataset.effect));
    if (id === "calm") act("faults", () => control("DELETE", "/faults"));
  };
  at("reset").onclick = () => {
    if (confirm(`Put ${sandbox} back to its first day?`)) act("reset", () => control("POST", "/reset").then(() => "done")).then(select);
  };
  at("audit").onclick = () => act("audit", async () => {
    const { balanced, entries, violations } = await control("GET", "/ledger/audit");
    if (!balanced) throw new Error(JSON.stringify(violations));
    return `${entries} entries, balanced`;
  });
  at("keep").onsubmit = (event) => {
    event.preventDefault();
    act("snapshot", () => control("POST", "/snapshots", { name: at("snapshot").value }).then(({ name }) => name));
  };
  await select();
  setInterval(refresh, 5000);
}

start().catch((error) => say(error.message, true));
