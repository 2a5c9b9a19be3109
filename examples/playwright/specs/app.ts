// The app's pages, as a member uses them.
import type { Locator, Page } from "@playwright/test";
import { expect, type Member, type Sandbox, test as base } from "../fixtures/test.js";

export class App {
  readonly alert: Locator;
  readonly status: Locator;

  constructor(
    readonly page: Page,
    private readonly sandbox: Sandbox,
  ) {
    this.alert = page.getByRole("alert");
    this.status = page.getByRole("status");
  }

  /** Open the app and log in. */
  async start(member: Member, bank?: string): Promise<void> {
    await this.open(member, bank);
    await this.logIn(member);
  }

  /** Open the app on the member's phone: it has the device's id, and the test's bank for its bank. */
  async open(member: Member, bank: string = this.sandbox.url): Promise<void> {
    const device = member.device?.id ?? "";
    await this.page.addInitScript(
      ([url, id]) => {
        globalThis.BANK_URL = url;
        localStorage.setItem("device", id);
      },
      [bank, device] as const,
    );
    await this.page.goto("/");
  }

  async logIn(member: Member): Promise<void> {
    await this.page.getByLabel(/Usuario|Username/).fill(member.username ?? "");
    await this.page.getByLabel(/Contraseña|Password/).fill(member.password ?? "");
    await this.page.getByRole("button", { name: /Ingresar|Log in/ }).click();
    await expect(this.page.getByRole("main")).toBeVisible();
  }

  /** Order a transfer from the member's first account to the second one. */
  async order(amount: string): Promise<void> {
    const form = this.page.locator("#transfer");
    await form.getByLabel(/Monto|Amount/).fill(amount);
    await form.getByLabel(/Referencia|Reference/).fill("ahorro");
    await form.getByRole("button", { name: /^Transfer/ }).click();
  }

  async enter(code: string): Promise<void> {
    await this.page.getByLabel(/Código|Code/).fill(code);
    await this.page.getByRole("button", { name: /Confirm/ }).click();
  }

  /** The available balances, account by account. */
  balances(): Locator {
    return this.page.locator("#accounts data");
  }
}

export const test = base.extend<{ app: App }>({
  app: async ({ page, sandbox }, use) => use(new App(page, sandbox)),
});

export { expect };
