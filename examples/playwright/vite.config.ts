import { defineConfig } from "vite";

const bank = process.env["SANDBOX_URL"] ?? "http://127.0.0.1:8000";

// The page calls its own origin, and Vite passes the calls on: to /v1 for the sandbox `default`, to /s/NAME for others.
export default defineConfig({
  root: "app",
  server: {
    host: "127.0.0.1",
    strictPort: true,
    proxy: { "/v1": bank, "/s/": bank },
  },
});
