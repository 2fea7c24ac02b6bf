"""From an address to its operator's servers: DNS, the operator's page, what we know beforehand."""
