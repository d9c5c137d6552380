"""From a bare machine to a running portal: bootstrap, embedded servers, supervisor. No business logic."""
