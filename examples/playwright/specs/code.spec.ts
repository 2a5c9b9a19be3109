import { expect, test } from "./app.js";

test("three wrong codes lock the order", async ({ app, member, inbox, sandbox }) => {
  const rosa = await member();
  await app.start(rosa);
  await app.order("50.00");

  for (const left of [2, 1]) {
    await app.enter(await inbox.wrongCode());
    await expect(app.page.getByText(`Intentos disponibles: ${left}`)).toBeVisible();
  }
  await app.enter(await inbox.wrongCode());

  await expect(app.page.getByRole("dialog")).toBeHidden();
  await expect(app.alert).not.toBeEmpty();
  await expect(app.balances().first()).toHaveText("$1.250,75");
  expect(await sandbox.events("transfer.locked")).toHaveLength(1);
});

test.describe("a bank that allows one attempt", () => {
  test.use({ bank: { rules: { otp: ["attempts: 3", "attempts: 1"] } } });

  test("one wrong code locks the order", async ({ app, member, inbox }) => {
    const rosa = await member();
    await app.start(rosa);
    await app.order("50.00");
    await app.enter(await inbox.wrongCode());
    await expect(app.page.getByRole("dialog")).toBeHidden();
  });
});
