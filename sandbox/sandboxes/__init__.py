"""The life of a sandbox: found, made, used, put to sleep, copied, replaced, removed; and what it keeps beside the bank."""
