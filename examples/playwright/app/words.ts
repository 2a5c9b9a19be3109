// What the app says itself. What the bank says comes from the bank, in the language that is asked for.
const es = {
  other: "English",
  username: "Usuario",
  password: "Contraseña",
  logIn: "Ingresar",
  movements: "Movimientos",
  transfer: "Transferir entre mis cuentas",
  from: "Desde",
  to: "Hacia",
  amount: "Monto",
  reference: "Referencia",
  order: "Transferir",
  code: "Código",
  confirm: "Confirmar",
  sent: "Enviamos un código a tu celular {destination} por SMS. ¡Ingrésalo!",
  attempts: "Intentos disponibles: {attempts}",
  done: "Transferiste {amount}.",
  offline: "No hay conexión con la cooperativa. Inténtalo de nuevo.",
};

const en: typeof es = {
  other: "Español",
  username: "Username",
  password: "Password",
  logIn: "Log in",
  movements: "Movements",
  transfer: "Transfer between my accounts",
  from: "From",
  to: "To",
  amount: "Amount",
  reference: "Reference",
  order: "Transfer",
  code: "Code",
  confirm: "Confirm",
  sent: "We sent a code to your phone {destination}. Enter it here.",
  attempts: "Attempts left: {attempts}",
  done: "You transferred {amount}.",
  offline: "The cooperative cannot be reached. Try again.",
};

export type Language = "es" | "en";
export type Word = keyof typeof es;

const words = { es, en };

export function isWord(name: string | undefined): name is Word {
  return name !== undefined && name in es;
}

export function say(language: Language, word: Word, values: Record<string, string | number> = {}): string {
  return words[language][word].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}
