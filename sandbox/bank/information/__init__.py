"""What the app tells everybody: the error catalogue."""
