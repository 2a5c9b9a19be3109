"""The one way to authorise: an operation waits, a code goes out, the right code runs it exactly once."""
