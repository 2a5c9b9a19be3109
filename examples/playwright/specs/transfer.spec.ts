import { expect, test } from "./app.js";

test("a member moves money between her accounts", async ({ app, member, inbox, sandbox }) => {
  const rosa = await member();
  await app.start(rosa);
  await expect(app.page.getByRole("heading", { name: "Rosa" })).toBeVisible();
  await expect(app.balances()).toHaveText(["$1.250,75", "$300,00", "$25,00"]);

  await app.order("50.00");
  await expect(app.page.getByRole("dialog")).toContainText("Enviamos un código a tu celular");
  await app.enter(await inbox.code());

  await expect(app.status).toContainText("Transferiste $50,00");
  await expect(app.balances()).toHaveText(["$1.200,75", "$350,00", "$25,00"]);
  expect(await sandbox.events("transfer.completed")).toHaveLength(1);
});

test("a member made for the test sees her only account", async ({ app, member }) => {
  const made = await member({ first_names: "Tránsito", accounts: [{ balance: "820.00" }] });
  await app.start(made);
  await expect(app.balances()).toHaveText(["$820,00"]);
});

test("the development server passes calls on to the test's bank", async ({ app, member, inbox, sandbox }) => {
  const rosa = await member();
  await app.start(rosa, `/s/${sandbox.name}`);
  await app.order("12.34");
  await app.enter(await inbox.code());
  await expect(app.status).toContainText("Transferiste $12,34");
});
