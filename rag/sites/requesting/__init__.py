"""Request pages: checked addresses, bounded replies, robots.txt, pauses, redirects."""
