import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

const { APP_PORT = "5173", CHROMIUM, CI, SANDBOX_URL } = process.env;
const app = `http://127.0.0.1:${APP_PORT}`;
// By its path: a test runner inside an editor does not have node_modules/.bin in its PATH.
const vite = fileURLToPath(new URL("../../bin/vite.js", import.meta.resolve("vite")));

// The bank: the one at SANDBOX_URL; without it, the one that runs on this machine, or one that is started for the run.
const bank = {
  command: "cooprogreso-sandbox serve",
  url: "http://127.0.0.1:8000/_sandbox/ready",
  reuseExistingServer: true,
  // Refusals and changes are what tests are about; a bar that grows while the bank is seeded is for terminals.
  env: { SANDBOX_LOG_LEVEL: "warning", FORCE_COLOR: "" },
  gracefulShutdown: { signal: "SIGINT", timeout: 10_000 },
} as const;

export default defineConfig({
  testDir: "specs",
  fullyParallel: true,
  forbidOnly: Boolean(CI),
  reporter: CI ? [["list"], ["html", { open: "never" }]] : "list",
  use: {
    baseURL: app,
    locale: "es-EC",
    trace: "retain-on-failure",
    // A browser that is installed already, such as Debian's; without it, the one of `npx playwright install chromium`.
    launchOptions: CHROMIUM ? { executablePath: CHROMIUM } : {},
  },
  webServer: [
    { command: `node "${vite}" --port ${APP_PORT}`, url: app, reuseExistingServer: !CI },
    ...(SANDBOX_URL ? [] : [bank]),
  ],
});
