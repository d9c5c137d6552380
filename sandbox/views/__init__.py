"""One function per operation, by subject. A view gets a `Call` and returns the body, or an `Answer`."""
