// The app's calls of the bank: a session, the language, and retries that pay once.
import createClient from "openapi-fetch";
import type { components, paths } from "../schema.js";
import type { Language } from "./words.js";

type Schemas = components["schemas"];
export type Account = Schemas["AccountItem"];
export type Challenge = Schemas["Challenge"];
export type Movement = Schemas["Movement"];
export type Transfer = Schemas["Transfer"];
type Problem = Schemas["Problem"] & Partial<Pick<Schemas["WrongCodeProblem"], "attempts_left">>;

/** The bank said no: `code` is for the app, the message for the member. */
export class Refusal extends Error {
  readonly code: string;
  /** How often the code may still be tried, after a wrong one. */
  readonly attemptsLeft: number | undefined;

  constructor(problem: Problem) {
    super(problem.errors?.map((each) => each.message).join(" ") || problem.detail);
    this.code = problem.code;
    this.attemptsLeft = problem.attempts_left;
  }
}

/** No answer came, however often it was asked for. */
export class Offline extends Error {}

declare global {
  /** Where the bank is. Tests set it before the page loads. */
  var BANK_URL: string | undefined;
}

export class Bank {
  language: Language = "es";
  #token: string | undefined;
  // Empty: the page's own origin, whose development server passes the calls on.
  readonly #client = createClient<paths, "application/json" | "application/problem+json">({
    baseUrl: globalThis.BANK_URL ?? import.meta.env["VITE_BANK_URL"] ?? "",
    fetch: insistentFetch,
  });

  constructor() {
    this.#client.use({
      onRequest: ({ request }) => {
        request.headers.set("Accept-Language", this.language);
        if (this.#token) request.headers.set("Authorization", `Bearer ${this.#token}`);
      },
    });
  }

  async logIn(username: string, password: string): Promise<string> {
    const device = { id: deviceId(), name: "Navegador", platform: "android" } as const;
    const session = answer(await this.#client.POST("/v1/sessions", { body: { username, password, device } }));
    this.#token = session.access_token;
    return session.member.greeting;
  }

  logOut(): void {
    this.#token = undefined;
  }

  async accounts(): Promise<Account[]> {
    const { groups } = answer(await this.#client.GET("/v1/products"));
    return groups.flatMap((group) => (group.type === "accounts" ? group.items : []));
  }

  async movements(account_id: string): Promise<Movement[]> {
    const params = { path: { account_id }, query: { limit: 5 } };
    return answer(await this.#client.GET("/v1/accounts/{account_id}/movements", { params })).items;
  }

  async order(origin: string, destination: string, amount: string, reference: string): Promise<Transfer> {
    return answer(
      await this.#client.POST("/v1/transfers", {
        params: { header: oneKey() },
        body: { kind: "own", origin_account_id: origin, destination_account_id: destination, amount, reference },
      }),
    );
  }

  async confirm(challenge_id: string, code: string): Promise<void> {
    answer(
      await this.#client.POST("/v1/challenges/{challenge_id}/confirm", {
        params: { path: { challenge_id }, header: oneKey() },
        body: { code },
      }),
    );
  }
}

const TRIES = 3;

/** What must happen once has a key. When its answer is lost it is asked for again, under the same key. */
async function insistentFetch(request: Request): Promise<Response> {
  let tries = request.headers.has("Idempotency-Key") ? TRIES : 1;
  for (;;) {
    try {
      const response = await fetch(request.clone());
      await response.clone().arrayBuffer(); // an answer may break off in the middle
      return response;
    } catch (cause) {
      if (--tries === 0) throw new Offline(request.url, { cause });
    }
  }
}

function oneKey(): { "Idempotency-Key": string } {
  return { "Idempotency-Key": crypto.randomUUID() };
}

function answer<Data>(told: { data?: Data; error?: Problem }): Data {
  if (told.error) throw new Refusal(told.error);
  if (told.data === undefined) throw new Offline("an answer without a body");
  return told.data;
}

/** The id that this installation of the app made for itself when it was first opened. */
function deviceId(): string {
  const known = localStorage.getItem("device");
  if (known) return known;
  const made = crypto.randomUUID();
  localStorage.setItem("device", made);
  return made;
}
