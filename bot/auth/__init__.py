"""Who asks over HTTP, and what they may do: declared beside each route, enforced at one gate."""
