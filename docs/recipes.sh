# Helpers of the recipes: `source docs/recipes.sh`. BASE is the server, SANDBOX the bank within it; `login PERSONA` sets
# TOKEN, ORIGIN and DESTINATION.
BASE=${BASE:-http://127.0.0.1:8000}
SANDBOX=${SANDBOX:-default}

# One field of the JSON on standard input, by its path: items.0.id
field() { python3 -c 'import functools, json, sys; print(functools.reduce(lambda found, key: found[int(key) if key.isdigit() else key], sys.argv[1].split("."), json.load(sys.stdin)))' "$1"; }

# control METHOD PATH [BODY]: a call of the control plane
control() { curl -sS -X "$1" "$BASE/_sandbox$2" -H "X-Sandbox: $SANDBOX" -H 'Content-Type: application/json' ${3:+--data-binary "$3"}; }

# bank METHOD PATH [BODY] [CURL OPTIONS…]: a call of the bank, as the member who is logged in
bank() { curl -sS -X "$1" "$BASE/v1$2" -H "X-Sandbox: $SANDBOX" -H "Authorization: Bearer ${TOKEN:-}" -H 'Content-Type: application/json' ${3:+--data-binary "$3"} "${@:4}"; }

login() {
  local member; member=$(control GET "/members?persona=$1")
  ORIGIN=$(echo "$member" | field items.0.accounts.0.id)
  DESTINATION=$(echo "$member" | field items.0.accounts.1.id)
  TOKEN=$(control POST "/members/$(echo "$member" | field items.0.id)/session" | field access_token)
}

# An order of so much between the member's own accounts
order() { echo '{"kind": "own", "origin_account_id": "'"$ORIGIN"'", "destination_account_id": "'"$DESTINATION"'", "amount": "'"$1"'", "reference": "receta"}'; }
